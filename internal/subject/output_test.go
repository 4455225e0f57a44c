package subject

import (
	"bytes"
	"strings"
	"testing"
)

// The end of an output that is too long is kept: it says how the exporter died.
func TestOutput_keepsTheEnd(t *testing.T) {
	t.Parallel()
	var o Output
	if got := o.Bytes(); got == nil || len(got) > 0 {
		t.Errorf("Bytes of nothing = %v, want none, and not nil", got)
	}
	line := []byte(strings.Repeat("x", 1<<20-1) + "\n")
	for range 40 {
		_, _ = o.Write(line)
	}
	_, _ = o.Write([]byte("last words\n"))
	if got := o.Bytes(); len(got) != MaxOutput+maxLast || !bytes.HasSuffix(got, []byte("\nlast words\n")) {
		t.Errorf("%d bytes are kept, at the end %q", len(got), got[len(got)-20:])
	}
}
