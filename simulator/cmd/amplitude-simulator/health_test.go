package main

import (
	"context"
	"testing"
)

// TestAddressesIn tells where health goes for the command line of a server.
func TestAddressesIn(t *testing.T) {
	t.Setenv("AMPLITUDE_SIMULATOR_LISTEN", "0.0.0.0:8080") // as the image does
	for _, tt := range []struct {
		line []string
		want string
	}{
		{[]string{"/amplitude-simulator"}, "http://127.0.0.1:8080"},
		{[]string{"/amplitude-simulator", "--listen", ":9000"}, "http://127.0.0.1:9000"},
		{[]string{"/amplitude-simulator", "serve", "--tls", "--listen=10.1.2.3:9000"}, "https://10.1.2.3:9000"},
		{[]string{"/amplitude-simulator", "--tls-cert", "a", "--tls-key", "b"}, "https://127.0.0.1:8080"},
		{[]string{"/amplitude-simulator", "--admin-listen", "[::]:8081", "--key", "k"}, "http://localhost:8081"},
		{[]string{"/sbin/docker-init", "--", "/amplitude-simulator", "--listen", ":9000"}, "http://127.0.0.1:9000"},
		{[]string{"sh", "-c", "something else"}, "http://127.0.0.1:8080"},
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
	if _, err := addressesIn(context.Background(), []string{"/amplitude-simulator", "--nonsense"}); err == nil {
		t.Error("a command line that no simulator starts with: no error")
	}
}
