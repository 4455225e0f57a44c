package loadgen

import (
	"testing"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

func TestBuffers(t *testing.T) {
	t.Parallel()
	var b buffers
	first, second := b.get(), b.get()
	if len(first) != httpconn.HeadRoom || len(second) != httpconn.HeadRoom {
		t.Fatalf("buffers of %d and %d bytes, want the %d in front of a body", len(first), len(second), httpconn.HeadRoom)
	}
	first = append(first, make([]byte, 700_000)...)
	b.put(second)
	b.put(first)
	if again := b.get(); &again[0] != &first[0] || len(again) != httpconn.HeadRoom {
		t.Error("not the one that was given back last, without its body")
	}
	b.get()
	if made := b.get(); cap(made) < cap(first) {
		t.Errorf("a buffer of %d bytes is made, want the %d that were needed before", cap(made), cap(first))
	}
}
