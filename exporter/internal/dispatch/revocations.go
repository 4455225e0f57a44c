package dispatch

import (
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// revocations tracks chunks that the queue took back until their last upload is
// answered: an upload under way cannot be stopped. Invariants:
//
//   - A revocation is confirmed once, when no event of its chunks is in flight.
//   - A chunk that was revoked before it was received is not delivered.
type revocations struct {
	early       map[uint64]bool // revoked before they were received
	unconfirmed []revocation
}

type revocation struct {
	confirm func()
	chunks  []*chunk
}

// Add takes a revocation: of chunks in flight, and of others.
func (r *revocations) Add(rev queue.Revocation, chunks []*chunk, unknown []uint64) {
	for _, id := range unknown {
		if r.early == nil {
			r.early = make(map[uint64]bool)
		}
		r.early[id] = true
	}
	r.unconfirmed = append(r.unconfirmed, revocation{rev.Confirm, chunks})
}

// IsRevoked reports whether a chunk was revoked before it was received. At most one
// chunk is on its way, so all other ids are forgotten.
func (r *revocations) IsRevoked(id uint64) bool {
	revoked := r.early[id]
	r.early = nil
	return revoked
}

// Pending reports whether a revocation is not confirmed.
func (r *revocations) Pending() bool { return len(r.unconfirmed) > 0 }

// Confirm confirms the revocations of which nothing is in flight.
func (r *revocations) Confirm() {
	var left []revocation
	for _, rev := range r.unconfirmed {
		if rev.isInFlight() {
			left = append(left, rev)
			continue
		}
		rev.confirm()
	}
	r.unconfirmed = left
}

func (r revocation) isInFlight() bool {
	for _, c := range r.chunks {
		if c.pending > 0 {
			return true
		}
	}
	return false
}

// onRevocation gives chunks up. Uploads under way are awaited before it is confirmed.
func (d *Dispatcher) onRevocation(now time.Time, r queue.Revocation) {
	revoked, unknown := d.inflight.Revoke(r.Chunks)
	d.revocations.Add(r, revoked, unknown)
	d.dropRevoked(now)
	d.applyCounts()
}

// dropRevoked discards events of revoked chunks, and confirms what is gone.
func (d *Dispatcher) dropRevoked(now time.Time) {
	if !d.revocations.Pending() {
		return
	}
	isRevoked := func(e *event) bool { return e.chunk.state == chunkRevoked }
	for _, e := range d.scheduler.Remove(now, func(e *delivery.Event) bool { return isRevoked(eventOf(e)) }) {
		d.inflight.Discard(eventOf(e))
	}
	for _, e := range d.deferrals.Remove(isRevoked) {
		d.inflight.Discard(e)
	}
	d.revocations.Confirm()
}
