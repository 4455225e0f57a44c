package exporter

import (
	"context"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// losses knows the parcels at hand, for a queue that other processes share may
// take them back. The ledger of such a process is about what it has at hand and
// what became of it: events are booked when they are taken over, and taken out
// again when another process gets them.
type losses struct {
	lost    <-chan jetstream.Loss
	parcels map[uint64]*parcel // of a shared queue
	strays  map[uint64]bool    // lost, but not here yet: on their way from the queue
	giving  []loss             // not confirmed yet
}

// loss waits for the last uploads of its parcels.
type loss struct {
	jetstream.Loss
	parcels []*parcel
}

// receive books a parcel of a shared queue.
func (c *courier) receive(p *parcel) {
	c.vitals.arrived(p)
	if !c.shared {
		return
	}
	if c.parcels == nil {
		c.parcels = make(map[uint64]*parcel)
	}
	c.parcels[p.id] = p
	c.ledger.Add(ledger.Counts{Read: int64(p.open), Held: int64(p.open)})
}

// unbook takes a parcel out of the ledger of a process that shares the queue.
func (c *courier) unbook(p *parcel) {
	if !c.shared {
		return
	}
	booked := ledger.New()
	booked.Add(p.outcome)
	booked.Read, booked.Held = p.outcome.Settled()+int64(p.open), int64(p.open)
	c.ledger.Add(booked.Negated())
}

// rebook books what was settled of a parcel when this process had it before.
func (c *courier) rebook(p *parcel) {
	if !c.shared {
		return
	}
	booked := ledger.New()
	booked.Add(p.outcome)
	booked.Read, booked.Held = 0, -p.outcome.Settled()
	c.ledger.Add(booked)
}

func (l *losses) forget(p *parcel) { delete(l.parcels, p.id) }

// isLost tells whether a chunk was taken back on its way here.
func (c *courier) isLost(id uint64) bool {
	lost := c.strays[id]
	c.strays = nil // there is one chunk on its way at a time
	return lost
}

// lose gives parcels up. An upload on its way cannot be called back; the loss is
// confirmed when the last one is answered.
func (c *courier) lose(_ context.Context, l jetstream.Loss) {
	taken := loss{Loss: l}
	for _, id := range l.Chunks {
		p := c.parcels[id]
		if p == nil {
			if c.strays == nil {
				c.strays = make(map[uint64]bool)
			}
			c.strays[id] = true
			continue
		}
		p.lost = true
		c.unbook(p)
		delete(c.parcels, id)
		taken.parcels = append(taken.parcels, p)
	}
	c.carried = nil // at worst events are sent again
	c.giving = append(c.giving, taken)
	c.dropLost()
}

// dropLost takes what was lost out of the scheduler, and confirms what is gone.
func (c *courier) dropLost() {
	if len(c.giving) == 0 {
		return
	}
	for _, e := range c.sched.Take(c.cfg.Clock.Now(), func(e *delivery.Event) bool { return itemOf(e).parcel.lost }) {
		c.vacate(itemOf(e))
	}
	c.unshelve(func(it *item) bool { return it.parcel.lost }, func(it *item) { it.parcel.open-- })
	var left []loss
	for _, l := range c.giving {
		if l.inFlight() {
			left = append(left, l)
			continue
		}
		l.Confirm()
	}
	c.giving = left
	c.vitals.settled()
	c.settled.raise()
}

func (l loss) inFlight() bool {
	for _, p := range l.parcels {
		if p.open > 0 {
			return true
		}
	}
	return false
}
