package main

import (
	"context"
	"testing"
)

// TestAddressesIn checks where health goes for the arguments of a server.
func TestAddressesIn(t *testing.T) {
	t.Setenv("AMPLITUDE_SIMULATOR_LISTEN", "0.0.0.0:8080") // as the image does
	for _, tt := range []struct {
		line []string
		want string
	}{
		{nil, "http://127.0.0.1:8080"},
		{[]string{"--listen", ":9000"}, "http://127.0.0.1:9000"},
		{[]string{"serve", "--tls", "--listen=10.1.2.3:9000"}, "https://10.1.2.3:9000"},
		{[]string{"--tls-cert", "a", "--tls-key", "b"}, "https://127.0.0.1:8080"},
		{[]string{"--admin-listen", "[::]:8081", "--key", "k"}, "http://localhost:8081"},
	} {
		a, err := addressesIn(context.Background(), tt.line)
		if err != nil {
			t.Errorf("%q: %v", tt.line, err)
			continue
		}
		if got, err := a.adminURL(); got != tt.want || err != nil {
			t.Errorf("%q: health goes to %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
	if _, err := addressesIn(context.Background(), []string{"--nonsense"}); err == nil {
		t.Error("arguments that no simulator starts with: no error")
	}
}
