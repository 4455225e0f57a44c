package jetstream

import (
	"bytes"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// The records of a block are returned once, and only if it was stored before it was
// received.
func TestRecent(t *testing.T) {
	t.Parallel()
	var r recent
	records := func() []mapping.Record { return []mapping.Record{{InsertID: "id", Wire: []byte("id")}} }
	if _, ok := r.take(1); ok {
		t.Error("a block that was received before it was acknowledged had records")
	}
	late := records()
	r.add(1, late)
	if len(r.blocks) != 0 || late[0].Wire != nil {
		t.Error("a block that was received already is kept")
	}
	r.add(3, records())
	r.add(2, records())
	for _, seq := range []uint64{2, 3} {
		if got, ok := r.take(seq); !ok || got[0].InsertID != "id" {
			t.Errorf("stored block %d has records %v (%v)", seq, got, ok)
		}
		if _, ok := r.take(seq); ok {
			t.Errorf("block %d has records twice", seq)
		}
	}
	if r.bytes != 0 || len(r.blocks) != 0 {
		t.Errorf("%d bytes of %d blocks are left", r.bytes, len(r.blocks))
	}
}

func TestRecent_takesNoMoreThanItsBound(t *testing.T) {
	t.Parallel()
	var r recent
	half := func() []mapping.Record {
		return []mapping.Record{{Wire: bytes.Repeat([]byte{1}, recentBytes/2)}}
	}
	for seq := range uint64(3) {
		r.add(seq+1, half())
	}
	if _, ok := r.take(1); !ok {
		t.Error("the oldest had to go")
	}
	if _, ok := r.take(3); ok || r.bytes != recentBytes/2 {
		t.Errorf("beyond the bound: kept %v, %d bytes", ok, r.bytes)
	}
}

// A block keeps the batch in memory that it is a part of. So there is no block of a later
// batch as long as those of an earlier one are there.
func TestRecent_isEmptyBeforeItTakesMore(t *testing.T) {
	t.Parallel()
	var r recent
	half := func() []mapping.Record {
		return []mapping.Record{{Wire: bytes.Repeat([]byte{1}, recentBytes/2)}}
	}
	for seq := uint64(1); seq <= 3; seq++ {
		r.add(seq, half())
	}
	r.take(1)
	r.add(4, half())
	if len(r.blocks) != 1 {
		t.Errorf("%d blocks are kept; want only the second, which is not received yet", len(r.blocks))
	}
	for seq := uint64(2); seq <= 4; seq++ {
		r.take(seq)
	}
	r.add(5, half())
	if _, ok := r.take(5); !ok {
		t.Error("a block that was stored when none was kept has no records")
	}
}

// In a queue that is far behind, what was stored a moment ago is received much later.
func TestRecent_takesNoMoreWhileManyWait(t *testing.T) {
	t.Parallel()
	var r recent
	block := func() []mapping.Record { return []mapping.Record{{Wire: bytes.Repeat([]byte{1}, recentBytes)}} }
	r.add(1, block())
	r.add(2, block()) // it is full
	r.take(1)
	r.add(2+recentLag, block())
	if len(r.blocks) != 0 {
		t.Error("a block is kept that will be received long after")
	}
	r.take(2)
	r.add(3+recentLag, block())
	if len(r.blocks) != 0 {
		t.Error("a block is kept, though one more than recentLag waits")
	}
	r.take(3)
	r.add(3+recentLag, block())
	if len(r.blocks) != 1 {
		t.Error("the queue has caught up, and nothing is kept")
	}
}
