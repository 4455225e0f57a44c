package dispatch

import (
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// A revocation is confirmed once, when the last event of its chunks is gone.
func TestRevocations_confirmAfterTheLastEvent(t *testing.T) {
	t.Parallel()
	var r revocations
	confirmed := 0
	a, b := &chunk{pending: 1}, &chunk{}
	r.Add(queue.Revocation{Confirm: func() { confirmed++ }}, []*chunk{a, b}, nil)
	if r.Confirm(); confirmed != 0 || !r.Pending() {
		t.Fatal("confirmed while an event is being sent")
	}
	a.pending = 0
	r.Confirm()
	if r.Confirm(); confirmed != 1 || r.Pending() {
		t.Errorf("confirmed %d times", confirmed)
	}
}

// A chunk that is revoked on its way is not delivered. There is one on its way at a time.
func TestRevocations_beforeTheChunkIsReceived(t *testing.T) {
	t.Parallel()
	var r revocations
	r.Add(queue.Revocation{Confirm: func() {}}, nil, []uint64{3, 4})
	if !r.IsRevoked(4) {
		t.Error("a revoked chunk would be delivered")
	}
	if r.IsRevoked(3) {
		t.Error("an id is remembered that cannot come any more")
	}
}
