package main

import (
	"net"
	"testing"
)

// opened is a listener at an address.
type opened struct {
	net.Listener
	at string
}

func (o opened) Addr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", o.at)
	if err != nil {
		panic(err)
	}
	return a
}

// TestShown shows addresses that can be called, whatever was asked for.
func TestShown(t *testing.T) {
	t.Parallel()
	const everywhere = " (on all addresses)"
	for _, c := range []struct{ listen, open, url, note string }{
		{"127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"localhost:0", "[::1]:41000", "http://[::1]:41000", ""},
		{":8080", "[::]:8080", "http://127.0.0.1:8080", everywhere},
		{"0.0.0.0:8080", "0.0.0.0:8080", "http://127.0.0.1:8080", everywhere},
		{"[::]:0", "[::]:41000", "http://localhost:41000", everywhere},
		{"10.0.0.1:80", "10.0.0.1:80", "http://10.0.0.1:80", ""},
	} {
		if url, note := new(addresses).shown(c.listen, opened{at: c.open}); url != c.url || note != c.note {
			t.Errorf("--listen %s: got %s%s, want %s%s", c.listen, url, note, c.url, c.note)
		}
	}
}
