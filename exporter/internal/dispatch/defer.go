package dispatch

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// evictionInterval is the time between two looks at all lanes for those to be evicted.
const evictionInterval = time.Second

// mustDefer reports whether older events of the record's lane are delayed, or will be.
func (d *Dispatcher) mustDefer(r *mapping.Record) bool {
	return d.deferrals.Holds(r) || d.cfg.Queue.IsDelayed(r)
}

// nextEviction returns when to look at all lanes. Nothing else may happen before: while there
// is no room nothing is received, and no upload ends if all lanes are paused.
func (d *Dispatcher) nextEviction() (time.Time, bool) {
	return d.lastEviction.Add(evictionInterval), d.isFull() && !d.scheduler.Failing()
}

// evict moves lanes out of the scheduler that would hold up the others.
func (d *Dispatcher) evict(now time.Time) {
	if _, wanted := d.nextEviction(); wanted && now.Sub(d.lastEviction).Abs() >= evictionInterval {
		d.lastEviction = now
		d.scheduler.MarkSlowLanes(now)
	}
	for _, lane := range d.scheduler.Evict(now) {
		var fresh, redelivered []*event
		for _, e := range lane.Events {
			if e := eventOf(e); e.chunk.redelivered {
				redelivered = append(redelivered, e)
			} else {
				fresh = append(fresh, e)
			}
		}
		d.deferred.Add(redelivered, lane.Until)
		for _, id := range d.inflight.Nack(redelivered) {
			d.cfg.Queue.NackUntil(id, lane.Until)
		}
		d.deferrals.Defer(lane.Until, fresh)
	}
	d.applyCounts()
}

// writeDeferrals has the queue delay what waits for it.
func (d *Dispatcher) writeDeferrals(now time.Time) {
	batch := d.deferrals.Next(now)
	if batch == nil {
		return
	}
	delayed := delayedOf(batch)
	d.run(func(ctx context.Context) func(time.Time) {
		var err error
		if len(delayed) > 0 {
			err = d.cfg.Queue.Delay(ctx, delayed)
		}
		return func(now time.Time) { d.onDelayed(ctx, now, err) }
	})
}

// delayedOf returns what the queue is to delay, without events of revoked chunks.
func delayedOf(batch []*deferral) (all []queue.Delayed) {
	for _, w := range batch {
		d := queue.Delayed{Until: w.until}
		for _, e := range w.events {
			if e.chunk.state == chunkRevoked {
				continue
			}
			d.Records = append(d.Records, *e.record)
			if n := len(d.Chunks); n == 0 || d.Chunks[n-1] != e.chunk.id {
				d.Chunks = append(d.Chunks, e.chunk.id)
			}
		}
		if len(d.Records) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// onDelayed takes the end of a write of deferrals.
func (d *Dispatcher) onDelayed(ctx context.Context, now time.Time, err error) {
	if err == nil {
		for _, w := range d.deferrals.Stored() {
			d.deferred.Add(w.events, w.until)
			for _, e := range w.events {
				d.inflight.Move(e)
			}
		}
	} else {
		if ctx.Err() == nil {
			d.cfg.Log.Error("events cannot be delayed in the queue: they wait in memory", "events", d.deferrals.count, "err", err)
		}
		d.deferrals.Failed(now)
		d.expireDeferred(now) // not possible while they were being written
	}
	d.dropRevoked(now)
	d.applyCounts()
}
