package exporter

import (
	"context"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Bounds of what the scheduler holds. With a queue in memory that one's are lower.
const (
	maxScheduledEvents = 150_000
	maxScheduledBytes  = 192 << 20
	// laneMax is the number of events above which a lane is spilled: half a
	// minute of what Amplitude takes.
	laneMax = 900
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
	bytes   int // of events in the scheduler
	flying  int // uploads

	keyWatch
	shelf
	losses
	damage
}

// answered is the end of one upload.
type answered struct {
	batch  delivery.Batch
	answer amplitude.Answer
	err    error
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
	if err := c.recallKey(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if x.durable != nil {
		c.lost = x.durable.Losses()
		c.work.Go(func() {
			x.clerk.run(ctx, x.settled.raise, func(err error) { x.log.Error("queue does not take note", "err", err) })
		})
	}
	c.work.Go(func() { c.feed(ctx) })
	x.running.Store(true)
	defer x.running.Store(false)
	for {
		c.spill(ctx)
		c.dispatch(ctx)
		c.writeOff(ctx)
		c.vitals.observe(c.refused, c.sched.Parked())
		if stopOnRefusal && c.wasRefused {
			c.collect(ctx)
			return ErrKeyRefused
		}
		if !c.await(ctx) {
			return nil
		}
	}
}

// collect waits for the answers to what is on its way.
func (c *courier) collect(ctx context.Context) {
	for c.flying > 0 {
		c.answer(ctx, <-c.answers)
	}
}

// feed hands chunks over until ctx ends. The channel has no room on purpose: the
// queue takes a call of Next for the word that the chunk before has arrived.
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
		c.flying++
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
	select {
	case chunk := <-c.intake():
		c.add(ctx, chunk)
	case <-c.rekeyed:
		c.sched.Probe(c.cfg.Clock.Now())
	case a := <-c.answers:
		c.answer(ctx, a)
	case loss := <-c.lost:
		c.lose(ctx, loss)
	case <-c.ring():
		c.endGrace()
	case <-ctx.Done():
		return false
	}
	return true
}

// intake is where chunks come from; nil while there are enough, and while the rest
// is left to other processes.
func (c *courier) intake() <-chan queue.Chunk {
	if c.isFullySupplied() || c.shared && c.isDraining() {
		return nil
	}
	return c.chunks
}

func (c *courier) isFullySupplied() bool {
	return c.sched.Len()+c.shelved >= maxScheduledEvents || c.bytes >= maxScheduledBytes
}

// ring rings when the scheduler or the shelf has something to do, or a grace ends.
func (c *courier) ring() <-chan time.Time {
	at, ok := c.sched.Wake()
	if retry, waits := c.retry(); waits && (!ok || retry.Before(at)) {
		at, ok = retry, true
	}
	if look, missing := c.missingAt(); missing && (!ok || look.Before(at)) {
		at, ok = look, true
	}
	if end, runs := c.graceEnd(); runs && (!ok || end.Before(at)) {
		at, ok = end, true
	}
	if !ok {
		return nil
	}
	return c.cfg.Clock.After(at.Sub(c.cfg.Clock.Now()))
}

// add takes a chunk over: each of its events is scheduled, or parked behind others
// of its lane, or dropped because the key has been refused for too long.
func (c *courier) add(ctx context.Context, chunk queue.Chunk) {
	if c.isLost(chunk.ID) {
		return
	}
	now := c.cfg.Clock.Now()
	p := &parcel{id: chunk.ID, returned: chunk.Returned, since: now, open: len(chunk.Records)}
	c.receive(p)
	skip := c.recall(p, chunk)
	var items []item
	var behind []*item
	for i := range chunk.Records {
		if len(items) == 0 {
			items = make([]item, min(itemsAtOnce, len(chunk.Records)-i))
		}
		e, r := &items[0], &chunk.Records[i]
		items = items[1:]
		*e = item{parcel: p, record: r, Event: delivery.Event{
			UserID: r.UserID, DeviceID: r.DeviceID, Wire: r.Wire, Time: r.Time, Owner: e, Returned: p.returned,
		}}
		switch {
		case skip[r.InsertID]:
			p.open--
		case c.isExpired(chunk):
			c.drop(e)
		case !p.returned && c.mustPark(r):
			behind = append(behind, e)
		default:
			c.bytes += len(e.Wire)
			if c.sched.Add(now, &e.Event) {
				e.detach()
			}
		}
	}
	if c.isExpired(chunk) {
		c.settled.raise()
	}
	c.awaitParking(time.Time{}, behind)
	c.park(ctx)
	c.finish(ctx, p)
}

func (c *courier) answer(ctx context.Context, a answered) {
	c.flying--
	if a.err != nil && ctx.Err() != nil {
		return // we hung up ourselves
	}
	c.report(a)
	class := delivery.ClassOf(a.answer)
	c.sched.Answer(c.cfg.Clock.Now(), a.batch.ID, a.answer)
	c.vitals.answered(len(a.batch.Events), class)
	c.settle(ctx, c.sched.Settled())
	c.watchKey(ctx, class)
	c.dropLost()
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

// vacate forgets an event that left the scheduler.
func (c *courier) vacate(e *item) {
	c.bytes -= len(e.Wire)
	e.release()
	e.parcel.open--
}
