package exporter

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/ledger"
)

// writeOffPause is for how long nothing comes before events are looked for.
const writeOffPause = time.Second

// damage writes events off that are gone with damaged files of the queue. They were
// counted when they were stored and nothing hands them out again: without this they
// would be held for ever, and a drain would never end.
type damage struct {
	idle time.Time // since when there is nothing to do though events are held; zero: not so
}

// isIdle tells whether there is nothing to do though events are held. It is so for a
// moment whenever events are on their way to the queue or from it.
func (c *courier) isIdle() bool {
	return c.durable != nil && !c.shared && c.sched.Len() == 0 && c.flying == 0 && c.shelved == 0 && c.Ledger().Held > 0
}

// writeOff drops what is held when it is so for a while and the queue has nothing.
func (c *courier) writeOff(ctx context.Context) {
	if !c.isIdle() {
		c.idle = time.Time{}
		return
	}
	now := c.cfg.Clock.Now()
	if c.idle.IsZero() {
		c.idle = now
	}
	if now.Sub(c.idle).Abs() < writeOffPause {
		return
	}
	c.idle = now
	// Without a store under way, all that is booked is in the queue.
	if !c.storing.TryLock() {
		return
	}
	held := c.Ledger().Held
	c.storing.Unlock()
	if spent, err := c.durable.IsSpent(ctx); err != nil {
		c.log.Warn("held events may be missing from the queue, will look again", "err", err)
		return
	} else if !spent {
		return
	}
	c.ledger.Add(ledger.Counts{Held: -held, Dropped: map[string]int64{ledger.QueueDamaged: held}})
	c.clerk.writeOff(held)
	c.log.Error("events were lost with damaged files of the queue: export their time range again", "events", held)
	c.settled.raise()
}

// missingAt is when to look next, if events are missing.
func (c *courier) missingAt() (time.Time, bool) { return c.idle.Add(writeOffPause), !c.idle.IsZero() }
