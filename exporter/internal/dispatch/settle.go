package dispatch

import (
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// deadLettered is the outcome of an event that becomes a dead letter. The Committer stores
// it before it commits the chunk.
func (d *Dispatcher) deadLettered(now time.Time, e *event, counts ledger.Counts, s delivery.Settlement) outcome {
	r := *e.record
	r.Wire = append([]byte(nil), r.Wire...)
	return outcome{counts: counts, deadLetter: &queue.DeadLetter{
		Reason: string(s.Reason), FirstError: s.First, LastError: s.Last, Attempts: s.Attempts, At: now, Record: r,
	}}
}

// settleUnknown ends an event of an unknown type as a dead letter.
func (d *Dispatcher) settleUnknown(now time.Time, e *event) {
	counts := ledger.Counts{
		DeadLettered: map[string]int64{mapping.UnknownType: 1},
		Unknown:      map[string]int64{d.cfg.TypeName(e.record.Type): 1},
	}
	d.inflight.Settle(e, d.deadLettered(now, e, counts, delivery.Settlement{
		Reason: delivery.Reason(mapping.UnknownType), Last: "the event type is not known",
	}))
}

// expire ends an event that waited too long for a key that works.
func (d *Dispatcher) expire(now time.Time, e *event) {
	o := outcome{counts: ledger.Counts{
		Dropped: map[string]int64{ledger.KeyExpired: 1},
		Expired: map[string]int64{e.record.Type: 1},
	}}
	if d.cfg.DeadLetterExpired {
		o = d.deadLettered(now, e, o.counts, delivery.Settlement{
			Reason: delivery.Reason(ledger.KeyExpired), First: "the API key was refused for too long",
		})
	}
	d.inflight.Settle(e, o)
}
