// Package certificate makes the certificate that the simulator shows when it serves
// TLS and was given none. It is for tests: signed by itself, and its key lives in
// memory only.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// lifetime is as long as the strictest clients allow.
const lifetime = 397 * 24 * time.Hour

// names are valid besides those of the caller: the machine itself, and
// Amplitude's own hosts, for tests that lead these names to the simulator.
var names = []string{"localhost", "127.0.0.1", "::1", "api2.amplitude.com", "api.amplitude.com", "api.eu.amplitude.com"}

// SelfSigned makes a certificate for names and addresses that is valid from an hour
// before now on. Its own PEM is all that a client has to trust.
func SelfSigned(now time.Time, hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "amplitude-simulator"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// No authority: to trust it must not mean to trust what its key might sign.
		IsCA: false, BasicConstraintsValid: true,
	}
	for _, host := range append(hosts, names...) {
		if ip := net.ParseIP(host); ip == nil {
			template.DNSNames = append(template.DNSNames, host)
		} else if !ip.IsUnspecified() {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// PEM is the certificate, with those that lead to its authority, without the key.
func PEM(c tls.Certificate) []byte {
	var text []byte
	for _, der := range c.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return text
}
