package exporter

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// settle books the end of events, and of chunks none of whose events is left.
func (c *courier) settle(ctx context.Context, done []delivery.Settlement) {
	if len(done) == 0 {
		return
	}
	newest := int64(0)
	change := ledger.Counts{}
	for _, s := range done {
		e := itemOf(s.Event)
		p := e.parcel
		if s.Reason == "" {
			p.accept()
			newest = max(newest, s.Event.Time)
		} else {
			p.count(ledger.Counts{DeadLettered: map[string]int64{string(s.Reason): 1}})
			c.bury(e, s)
		}
		if !p.lost {
			change.Held--
			if s.Reason == "" {
				change.Accepted++
			} else {
				change.Add(ledger.Counts{DeadLettered: map[string]int64{string(s.Reason): 1}})
			}
		}
		if p.returned {
			p.settled = append(p.settled, e.record.InsertID)
		}
		c.vacate(e)
		c.finish(ctx, p)
	}
	c.ledger.Add(change)
	c.vitals.settled()
	if newest > 0 {
		c.vitals.accepted(c.cfg.Clock.Now().Sub(time.UnixMilli(newest)))
	}
	c.settled.raise()
}

// finish lets the queue forget a parcel if nothing of it is open.
func (c *courier) finish(ctx context.Context, p *parcel) {
	if p.open > 0 || p.lost || p.closed {
		return
	}
	p.closed = true
	c.forget(p)
	if c.clerk != nil {
		c.clerk.finish(p)
		return
	}
	if err := c.queue.Done(ctx, p.id); err != nil {
		c.log.Error("chunk stays in the queue and will be sent again", "err", err)
	}
}

// bury writes a dead letter. It is stored with the outcome of its parcel.
func (c *courier) bury(e *item, s delivery.Settlement) {
	if c.durable != nil {
		e.parcel.letters = append(e.parcel.letters, c.letter(e, string(s.Reason), s.First, s.Last, s.Attempts))
	}
}

func (c *courier) letter(e *item, reason, first, last string, attempts int) jetstream.Letter {
	r := *e.record
	r.Wire = append([]byte(nil), e.Wire...)
	return jetstream.Letter{
		Reason: reason, FirstError: first, LastError: last, Attempts: attempts, At: c.cfg.Clock.Now(), Record: r,
	}
}

// drop ends an event that waited too long for a key that works.
func (c *courier) drop(e *item) {
	p := e.parcel
	change := ledger.Counts{
		Dropped: map[string]int64{ledger.KeyExpired: 1},
		Expired: map[string]int64{e.record.Type: 1},
	}
	p.count(change)
	if c.durable != nil && c.cfg.DeadLetterExpired {
		p.letters = append(p.letters, c.letter(e, ledger.KeyExpired, "the API key was refused for too long", "", 0))
	}
	if !p.lost {
		change.Held = -1
		c.ledger.Add(change)
	}
	if p.returned {
		p.settled = append(p.settled, e.record.InsertID)
	}
	e.release()
	p.open--
	c.dropped++
}
