package exporter

import (
	"context"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// courier is the runtime around a Scheduler: it feeds it from the queue, sends
// what it asks for, reports the answers and settles the outcome. One goroutine
// owns the Scheduler; uploads run in their own.
type courier struct {
	*Exporter
	sched   *delivery.Scheduler
	chunks  chan queue.Chunk
	answers chan answered
	work    sync.WaitGroup
	refused bool // the key, as last logged
}

// answered is the end of one upload.
type answered struct {
	batch  delivery.Batch
	answer amplitude.Answer
	err    error
}

// parcel is a chunk on its way, with the number of its events not yet settled.
type parcel struct {
	id    uint64
	open  int
	since time.Time
}

// deliver runs until ctx ends. With stopOnRefusal it returns ErrKeyRefused when
// the key is refused; else it holds everything and probes.
func (x *Exporter) deliver(ctx context.Context, stopOnRefusal bool) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &courier{
		Exporter: x,
		sched:    x.scheduler(),
		chunks:   make(chan queue.Chunk),
		answers:  make(chan answered, delivery.DefaultMaxInFlight),
	}
	defer x.client.CloseIdle()
	defer c.work.Wait()
	defer cancel()
	c.work.Go(func() { c.feed(ctx) })
	x.running.Store(true)
	defer x.running.Store(false)
	for {
		c.dispatch(ctx)
		c.vitals.observe(c.sched.KeyRefused(), c.sched.Parked())
		if stopOnRefusal && c.sched.KeyRefused() {
			return ErrKeyRefused
		}
		if !c.await(ctx) {
			return nil
		}
	}
}

// feed hands chunks over until ctx ends.
func (c *courier) feed(ctx context.Context) {
	for {
		chunk, err := c.queue.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				c.log.Error("queue cannot be read: delivery stands still", "err", err)
			}
			return
		}
		select {
		case c.chunks <- chunk:
		case <-ctx.Done():
			return
		}
	}
}

// dispatch sends everything that can be sent now.
func (c *courier) dispatch(ctx context.Context) {
	for ctx.Err() == nil {
		b, ok := c.sched.Next(c.cfg.Clock.Now())
		if !ok {
			return
		}
		c.work.Go(func() {
			wires := make([][]byte, len(b.Events))
			for i, e := range b.Events {
				wires[i] = e.Wire
			}
			a, err := c.client.Post(ctx, wires)
			c.answers <- answered{b, a, err}
		})
	}
}

// await waits for the next thing that can change what to send, and takes it in.
// It reports whether to go on.
func (c *courier) await(ctx context.Context) bool {
	var ring <-chan time.Time
	if at, ok := c.sched.Wake(); ok {
		ring = c.cfg.Clock.After(at.Sub(c.cfg.Clock.Now()))
	}
	select {
	case chunk := <-c.chunks:
		c.add(chunk)
	case <-c.rekeyed:
		c.sched.Probe(c.cfg.Clock.Now())
	case a := <-c.answers:
		c.answer(ctx, a)
	case <-ring:
	case <-ctx.Done():
		return false
	}
	return true
}

func (c *courier) add(chunk queue.Chunk) {
	now := c.cfg.Clock.Now()
	p := &parcel{id: chunk.ID, open: len(chunk.Records), since: now}
	c.vitals.arrived(p)
	events := make([]delivery.Event, len(chunk.Records))
	for i := range chunk.Records {
		r := &chunk.Records[i]
		events[i] = delivery.Event{UserID: r.UserID, DeviceID: r.DeviceID, Wire: r.Wire, Time: r.Time, Owner: p}
		c.sched.Add(now, &events[i])
	}
}

func (c *courier) answer(ctx context.Context, a answered) {
	if a.err != nil && ctx.Err() != nil {
		return // we hung up ourselves
	}
	c.report(a)
	c.sched.Answer(c.cfg.Clock.Now(), a.batch.ID, a.answer)
	c.vitals.answered(len(a.batch.Events), delivery.ClassOf(a.answer))
	c.settle(ctx, c.sched.Settled())
	c.reportKey()
}

// settle books the end of events, and of chunks none of whose events is left.
func (c *courier) settle(ctx context.Context, done []delivery.Settlement) {
	if len(done) == 0 {
		return
	}
	newest := int64(0)
	change := ledger.Counts{Held: -int64(len(done)), DeadLettered: map[string]int64{}}
	for _, s := range done {
		if s.Reason == "" {
			change.Accepted++
			newest = max(newest, s.Event.Time)
		} else {
			change.DeadLettered[string(s.Reason)]++
		}
		s.Event.Wire = nil // a neighbor in the chunk may be held for long
		p := s.Event.Owner.(*parcel)
		if p.open--; p.open == 0 {
			if err := c.queue.Done(ctx, p.id); err != nil {
				c.log.Error("chunk stays in the queue and will be sent again", "err", err)
			}
		}
	}
	c.ledger.Add(change)
	c.vitals.settled()
	if newest > 0 {
		c.vitals.accepted(c.cfg.Clock.Now().Sub(time.UnixMilli(newest)))
	}
	c.settled.raise()
}

// report logs answers an operator may want to know of. The Scheduler backs off,
// so there are few.
func (c *courier) report(a answered) {
	switch status := a.answer.Status; {
	case a.err != nil:
		c.log.Warn("no answer from amplitude, will retry", "events", len(a.batch.Events), "err", a.err)
	case status/100 == 2, a.answer.KeyRefused:
	default:
		c.log.Warn("amplitude did not take an upload", "status", status, "events", len(a.batch.Events))
	}
}

func (c *courier) reportKey() {
	refused := c.sched.KeyRefused()
	if refused == c.refused {
		return
	}
	c.refused = refused
	if c.cfg.OnKey != nil {
		c.cfg.OnKey(KeyState{Refused: refused, Since: c.cfg.Clock.Now(), Held: c.Ledger().Held})
	}
	if refused {
		c.log.Error("amplitude refuses the API key: sending has stopped, events are kept", "held", c.sched.Len())
		return
	}
	c.log.Info("amplitude accepts the API key again: sending goes on", "held", c.sched.Len())
}
