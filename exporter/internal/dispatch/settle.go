package dispatch

import (
	"errors"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// deadLettered is the outcome of an event that is kept as a dead letter: by OnDeadLetter,
// or by the queue with the commit of its chunk. One that is not kept is counted.
func (d *Dispatcher) deadLettered(now time.Time, e *event, counts ledger.Counts, s delivery.Settlement) outcome {
	r := *e.record
	r.Wire = append([]byte(nil), r.Wire...)
	letter := &queue.DeadLetter{
		Reason: string(s.Reason), FirstError: s.First, LastError: s.Last, Attempts: s.Attempts, At: now, Record: r,
	}
	if d.cfg.OnDeadLetter == nil {
		return outcome{counts: counts, deadLetter: letter}
	}
	if err := d.cfg.OnDeadLetter(letter); err != nil {
		if !errors.Is(err, ErrDeadLetterNotKept) {
			d.cfg.RateLog.Warn("dead letters", "dead letter is not kept", "reason", letter.Reason, "err", err)
		}
		counts.Unkept = map[string]int64{letter.Reason: 1}
	}
	return outcome{counts: counts}
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
