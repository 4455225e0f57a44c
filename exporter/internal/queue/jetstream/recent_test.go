package jetstream

import (
	"bytes"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// The records of a block are given out once, and only after it was stored.
func TestRecent(t *testing.T) {
	t.Parallel()
	r, mine, other := newRecent(), new(partition), new(partition)
	records := func(id string) []mapping.Record { return []mapping.Record{{InsertID: id, Wire: []byte(id)}} }
	messages := []message{{id: "stored"}, {id: "early"}}
	for _, m := range messages {
		r.keep(mine, m.id, records(m.id))
	}
	if _, ok := r.take("early"); ok {
		t.Error("a block that was delivered before it was acknowledged had records")
	}
	r.settle(messages, true)
	if got, ok := r.take("stored"); !ok || got[0].InsertID != "stored" {
		t.Errorf("a stored block has records %v (%v)", got, ok)
	}
	for _, id := range []string{"early", "stored"} {
		if _, ok := r.take(id); ok {
			t.Errorf("block %q has records twice", id)
		}
	}

	r.keep(mine, "failed", records("failed"))
	r.settle([]message{{id: "failed"}}, false)
	if _, ok := r.take("failed"); ok {
		t.Error("a block that was not stored has records")
	}

	r.keep(mine, "mine", records("mine"))
	r.keep(other, "other", records("other"))
	r.settle([]message{{id: "mine"}, {id: "other"}}, true)
	r.forget(mine)
	if _, ok := r.take("mine"); ok {
		t.Error("a partition that was lost has records")
	}
	if _, ok := r.take("other"); !ok {
		t.Error("the records of another partition are gone")
	}
	if r.bytes != 0 || len(r.blocks) != 0 {
		t.Errorf("%d bytes of %d blocks are left", r.bytes, len(r.blocks))
	}
}

func TestRecent_takesNoMoreThanItsBound(t *testing.T) {
	t.Parallel()
	r := newRecent()
	half := []mapping.Record{{Wire: bytes.Repeat([]byte{1}, recentBytes/2)}}
	for _, id := range []string{"1", "2", "3"} {
		r.keep(nil, id, half)
	}
	r.settle([]message{{id: "1"}, {id: "2"}, {id: "3"}}, true)
	if _, ok := r.take("3"); ok || r.bytes != recentBytes/2*2 {
		t.Errorf("beyond the bound: kept %v, %d bytes", ok, r.bytes)
	}
	if _, ok := r.take("1"); !ok {
		t.Error("the oldest had to go")
	}
}
