//go:build unix

package listen

import (
	"strings"
	"testing"
)

// The error of a port that is taken says what to do.
func TestTCP_taken(t *testing.T) {
	t.Parallel()
	first, err := TCP(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	address := first.Addr().String()
	_, err = TCP(t.Context(), "--listen", address)
	if err == nil || !strings.HasPrefix(err.Error(), "--listen "+address+": ") || !strings.Contains(err.Error(), "give another address") {
		t.Errorf("%v", err)
	}
}

// An address of another machine is no port that is taken.
func TestTCP_elsewhere(t *testing.T) {
	t.Parallel()
	const documentation = "192.0.2.1:0" // RFC 5737: no machine has it
	if _, err := TCP(t.Context(), "--listen", documentation); err == nil || strings.Contains(err.Error(), "another program") {
		t.Errorf("%v", err)
	}
}
