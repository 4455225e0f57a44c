package main

import (
	"net"
	"testing"
)

// The address that is printed can be connected to.
func TestReachable(t *testing.T) {
	t.Parallel()
	const everywhere = " (and all other addresses of this machine)"
	for _, row := range []struct{ ip, want string }{
		{"127.0.0.1", "http://127.0.0.1:8090"},
		{"::1", "http://[::1]:8090"},
		{"10.0.0.1", "http://10.0.0.1:8090"},
		{"::", "http://127.0.0.1:8090" + everywhere},
		{"0.0.0.0", "http://127.0.0.1:8090" + everywhere},
		{"", "http://127.0.0.1:8090" + everywhere},
	} {
		if got := reachable("http", &net.TCPAddr{IP: net.ParseIP(row.ip), Port: 8090}); got != row.want {
			t.Errorf("%q: %s, want %s", row.ip, got, row.want)
		}
	}
}
