package certificate_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/certificate"
)

func TestSelfSigned(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	made, err := certificate.SelfSigned(now, "simulator", "10.1.2.3", "0.0.0.0")
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(certificate.PEM(made)) {
		t.Fatal("the PEM holds no certificate")
	}
	leaf, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageCertSign != 0 {
		t.Error("the certificate may sign others: whoever trusts it would trust those")
	}
	for _, tt := range []struct {
		host  string
		at    time.Time
		valid bool
	}{
		{"localhost", now, true},
		{"127.0.0.1", now, true},
		{"::1", now, true},
		{"simulator", now, true},
		{"10.1.2.3", now, true},
		{"api2.amplitude.com", now, true},
		{"api.amplitude.com", now, true},
		{"api.eu.amplitude.com", now, true},
		{"0.0.0.0", now, false},
		{"example.com", now, false},
		{"localhost", now.Add(-2 * time.Hour), false},
		{"localhost", now.AddDate(1, 0, 0), true},
		{"localhost", now.AddDate(2, 0, 0), false},
	} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: tt.host, Roots: trusted, CurrentTime: tt.at})
		if (err == nil) != tt.valid {
			t.Errorf("certificate for %q at %s: %v, want valid: %v", tt.host, tt.at, err, tt.valid)
		}
	}
}
