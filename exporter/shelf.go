package exporter

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// shelf is what leaves the scheduler without being settled, for the parked stream
// of a durable queue: lanes over their quota, lanes with far more events than
// Amplitude takes, and later events of such lanes. Nobody waits for them there.
type shelf struct {
	// waiting could not be parked yet. They are behind what is parked, so events
	// of their lanes that come later are put behind them.
	waiting  []*parking
	shelved  int            // events in waiting
	lanes    map[string]int // of the same, by lane
	retryAt  time.Time
	relieved time.Time          // when all lanes were looked at
	carried  map[string]carried // by lane
}

// parking are events to be parked until a time.
type parking struct {
	until time.Time
	items []*item
}

// carried is what was settled of a returned chunk when it was given back whole.
type carried struct {
	settled []string
	parcel  *parcel
}

// Pauses of the shelf: before parking is tried again, and between two looks for
// lanes to be spilled.
const (
	parkRetry    = time.Second
	relievePause = time.Second
)

// parkEvents bounds the events that are parked in one step.
const parkEvents = 1000

// retry returns when to try to park again, if anything waits.
func (s *shelf) retry() (time.Time, bool) { return s.retryAt, len(s.waiting) > 0 }

// mustPark tells whether older events of the lane of a record are parked.
func (c *courier) mustPark(r *mapping.Record) bool {
	return c.durable != nil && (c.durable.Parked(r) || len(c.lanes) > 0 && c.lanes[laneKey(r)] > 0)
}

// spill moves lanes out of the scheduler that would hold up the others.
func (c *courier) spill(ctx context.Context) {
	if c.durable == nil {
		return
	}
	now := c.cfg.Clock.Now()
	if c.isFullySupplied() && !c.sched.Failing() && now.Sub(c.relieved).Abs() >= relievePause {
		c.relieved = now
		c.sched.Relieve(now)
	}
	fresh := false
	for _, lane := range c.sched.Spill(now) {
		if items := c.giveBack(lane); len(items) > 0 {
			c.awaitParking(lane.Until, items)
			fresh = true
		}
	}
	if fresh {
		c.park(ctx)
	}
	if len(c.waiting) > 0 && !now.Before(c.retryAt) {
		c.park(ctx)
	}
}

// giveBack returns the chunks of a lane that were parked before, and what is left:
// newer events, of the main stream.
func (c *courier) giveBack(lane delivery.Spilled) (fresh []*item) {
	for _, e := range lane.Events {
		it := itemOf(e)
		p := it.parcel
		c.bytes -= len(e.Wire)
		if !p.returned {
			fresh = append(fresh, it)
			continue
		}
		if p.closed {
			continue
		}
		p.closed = true
		if c.carried == nil {
			c.carried = make(map[string]carried)
		}
		c.carried[laneKey(it.record)] = carried{settled: p.settled, parcel: p}
		c.forget(p)
		c.unbook(p)
		p.open = 0
		c.durable.Return(p.id, lane.Until)
	}
	return fresh
}

// recall tells which events of a returned chunk were settled before it was given
// back.
func (c *courier) recall(p *parcel, chunk queue.Chunk) (skip map[string]bool) {
	if !p.returned || len(chunk.Records) == 0 {
		return nil
	}
	key := laneKey(&chunk.Records[0])
	before, ok := c.carried[key]
	if !ok {
		return nil
	}
	delete(c.carried, key)
	p.outcome, p.letters, p.settled = before.parcel.outcome, before.parcel.letters, before.settled
	c.rebook(p)
	skip = make(map[string]bool, len(before.settled))
	for _, id := range before.settled {
		skip[id] = true
	}
	return skip
}

// awaitParking puts events behind those that could not be parked before.
func (c *courier) awaitParking(until time.Time, items []*item) {
	if len(items) > 0 {
		c.waiting = append(c.waiting, &parking{until, items})
		c.mark(items, 1)
	}
}

// park parks what waits for it, some lanes at a time.
func (c *courier) park(ctx context.Context) {
	for len(c.waiting) > 0 {
		some := c.waiting[:parkable(c.waiting)]
		if err := c.parkNow(ctx, some); err != nil {
			if ctx.Err() == nil {
				c.log.Error("events cannot be parked: they wait in memory", "events", c.shelved, "err", err)
			}
			c.retryAt = c.cfg.Clock.Now().Add(parkRetry)
			return
		}
		c.waiting = c.waiting[len(some):]
		for _, p := range some {
			c.mark(p.items, -1)
			for _, it := range p.items {
				c.putAside(ctx, it)
			}
		}
	}
	c.waiting = nil
}

// parkable is how many parkings can be stored in one step: as many as the queue
// stores all or not at all, and at least one.
func parkable(waiting []*parking) int {
	events := 0
	for i, p := range waiting {
		if events += len(p.items); i > 0 && events > parkEvents {
			return i
		}
	}
	return len(waiting)
}

// unshelve takes events away that could not be parked yet.
func (c *courier) unshelve(wanted func(*item) bool, take func(*item)) {
	for _, p := range c.waiting {
		var kept []*item
		for _, it := range p.items {
			if !wanted(it) {
				kept = append(kept, it)
				continue
			}
			c.mark([]*item{it}, -1)
			take(it)
		}
		p.items = kept
	}
}

func (c *courier) mark(items []*item, n int) {
	c.shelved += n * len(items)
	if c.lanes == nil {
		c.lanes = make(map[string]int)
	}
	for _, it := range items {
		key := laneKey(it.record)
		if c.lanes[key] += n; c.lanes[key] == 0 {
			delete(c.lanes, key)
		}
	}
}

func (c *courier) parkNow(ctx context.Context, some []*parking) error {
	stays := make([]jetstream.Stay, 0, len(some))
	var chunks []uint64
	seen := make(map[*parcel]bool)
	for _, p := range some {
		stay := jetstream.Stay{Until: p.until}
		for _, it := range p.items {
			if it.parcel.lost {
				continue
			}
			stay.Records = append(stay.Records, *it.record)
			if !seen[it.parcel] {
				seen[it.parcel] = true
				chunks = append(chunks, it.parcel.id)
			}
		}
		if len(stay.Records) > 0 {
			stays = append(stays, stay)
		}
	}
	if len(stays) == 0 {
		return nil
	}
	return c.durable.Park(ctx, stays, chunks...)
}

// putAside takes a parked event out of its parcel.
func (c *courier) putAside(ctx context.Context, it *item) {
	it.release()
	it.parcel.open--
	if c.shared && !it.parcel.lost {
		c.ledger.Add(ledger.Counts{Read: -1, Held: -1}) // who it comes back to books it
	}
	c.finish(ctx, it.parcel)
}
