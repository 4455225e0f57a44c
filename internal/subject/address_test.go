package subject

import (
	"net"
	"testing"
)

func TestFreeAddress(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 300 {
		address, err := FreeAddress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil || !net.ParseIP(host).IsLoopback() {
			t.Fatalf("address %s is not on loopback: %v", address, err)
		}
		if seen[address] {
			t.Errorf("%s was given twice", address)
		}
		seen[address] = true
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		process int
		n       uint32
		want    string
	}{
		{1, 0, "127.0.1.2"}, {0x1234, 252, "127.18.52.254"}, {0x1234, 253, "127.18.52.2"}, {0x50000, 1, "127.0.0.3"},
	} {
		if got := loopback(tc.process, tc.n).String(); got != tc.want {
			t.Errorf("loopback(%#x, %d) = %s, want %s", tc.process, tc.n, got, tc.want)
		}
	}
}
