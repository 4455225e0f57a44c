package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// evictionInterval is the time between two looks at all lanes for those to be evicted.
const evictionInterval = time.Second

// Dispatcher receives chunks from a queue, sends their events as a scheduler decides,
// and has the outcome committed. Its methods that begin with "on" take what has
// happened; they belong to the goroutine of Run, and do no input or output.
type Dispatcher struct {
	cfg          Config
	lanesChanged chan struct{} // holds a token when a lane was paused or resumed

	pausing sync.Mutex // held while a lane is paused or resumed; taken before mu

	// mu guards everything declared below, except what is safe for concurrent use. Run
	// holds it, but not while it waits.
	mu        sync.Mutex
	scheduler *delivery.Scheduler
	committer *Committer

	inflight    *inflight
	deferrals   deferrals
	key         keyMonitor
	losses      lossDetector
	revocations revocations
	anomalies   anomalies
	stats       stats
	throttled   throttledLanes
	deferred    deferredLanes
	paused      map[delivery.LaneID]time.Time // by an operator, and since when

	maxEvents, maxBytes int // in flight

	received     int    // chunks taken over
	uploads      int    // under way
	tasks        []task // to be run by the worker, in order
	dropping     bool   // a position is asked for, to drop what is queued
	dropBefore   queue.Position
	lastEviction time.Time
	alarmed      bool // the ledger was found to be wrong
}

// New returns a Dispatcher. It starts nothing.
func New(cfg Config) *Dispatcher {
	if cfg.Scheduler.LaneMax == 0 {
		cfg.Scheduler.LaneMax = laneMax
	}
	return &Dispatcher{
		cfg: cfg, lanesChanged: make(chan struct{}, 1), paused: make(map[delivery.LaneID]time.Time),
		maxEvents: maxEvents, maxBytes: maxBytes,
		scheduler: delivery.New(cfg.Clock.Now(), cfg.Scheduler),
		committer: cfg.Committer,
		inflight:  newInflight(cfg.Ledger, cfg.Committer.Finish),
		key:       keyMonitor{grace: cfg.CredentialGrace},
	}
}

// upload is the end of an upload.
type upload struct {
	batch  delivery.Batch
	answer amplitude.Answer
	err    error // no answer came
}

// onChunk takes a chunk over: each of its events is scheduled, or deferred behind others
// of its lane, or settled because it cannot be sent.
func (d *Dispatcher) onChunk(now time.Time, c queue.Chunk) {
	if d.revocations.IsRevoked(c.ID) {
		return
	}
	d.received++
	expired := d.dropBefore.Includes(c.Seq, c.Redelivered)
	var behind []*event
	events := d.inflight.Add(now, &c)
	if c.Redelivered {
		d.deferred.Received(events)
	}
	for _, e := range events {
		unknown := e.record.IsUnmapped() && !d.cfg.Remap(e.record)
		switch {
		case expired:
			d.expire(now, e)
		case unknown:
			d.settleUnknown(now, e)
		case !c.Redelivered && d.mustDefer(e.record):
			behind = append(behind, e)
		default:
			e.fill()
			if d.scheduler.Add(now, &e.scheduled) {
				e.copyOut()
			}
		}
	}
	d.deferrals.Defer(time.Time{}, behind)
	d.applyCounts()
}

// mustDefer reports whether older events of the record's lane are delayed, or will be.
func (d *Dispatcher) mustDefer(r *mapping.Record) bool {
	return d.deferrals.Holds(r) || d.cfg.Queue.IsDelayed(r)
}

// onUpload takes the end of an upload.
func (d *Dispatcher) onUpload(now time.Time, u upload) {
	d.uploads--
	u.answer.OldKey = u.answer.Generation < d.cfg.Client.Generation()
	class := delivery.ClassOf(u.answer, u.batch.Events)
	d.logUpload(now, u, class)
	short := d.countShort(now, u, class)
	d.scheduler.Answer(now, u.batch.ID, u.answer)
	d.stats.Answered(len(u.batch.Events), class)
	d.recordThrottles(now, &u.answer)
	d.settle(now, d.scheduler.Settled(), short)
	d.actOnKey(now, d.key.Observe(now, d.scheduler.KeyRefused(), class))
	d.dropRevoked(now)
	d.applyCounts()
}

// settle ends the events that the scheduler has settled. Of those that are accepted
// Amplitude says that it did not take short.
func (d *Dispatcher) settle(now time.Time, settled []delivery.Settlement, short int64) {
	newest := int64(0)
	for _, s := range settled {
		e := eventOf(s.Event)
		if s.Reason == "" {
			newest = max(newest, s.Event.Time)
			var o outcome
			if short > 0 {
				o.counts.NotIngested = 1
				short--
			}
			d.inflight.Settle(e, o)
			continue
		}
		d.inflight.Settle(e, d.deadLettered(now, e, ledger.Counts{DeadLettered: map[string]int64{string(s.Reason): 1}}, s))
	}
	if newest > 0 {
		d.stats.Accepted(now, now.Sub(time.UnixMilli(newest)))
	}
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

// onKeyChanged tries a new key at once.
func (d *Dispatcher) onKeyChanged(now time.Time) { d.scheduler.Probe(now) }

// advance does what has come due, and what follows from what has happened.
func (d *Dispatcher) advance(now time.Time) {
	d.actOnKey(now, d.key.Advance(now))
	d.evict(now)
	d.writeDeferrals(now)
	d.checkLosses(now)
	d.checkLedger()
	oldest, _ := d.inflight.Oldest()
	d.stats.Observe(d.key.refused, d.scheduler.Throttled(), len(d.paused), oldest)
}

// nextUpload returns a batch to be sent now. onUpload must follow.
func (d *Dispatcher) nextUpload(now time.Time) (delivery.Batch, bool) {
	b, ok := d.scheduler.Next(now)
	if ok {
		d.uploads++
	}
	return b, ok
}

// wake returns when to call advance again, if nothing else happens before.
func (d *Dispatcher) wake() (at time.Time, ok bool) {
	for _, next := range [...]func() (time.Time, bool){d.scheduler.Wake, d.deferrals.Wake, d.losses.Wake, d.key.Deadline} {
		if t, waits := next(); waits && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// isFull reports whether no more events should be received.
func (d *Dispatcher) isFull() bool {
	return d.inflight.events >= d.maxEvents || d.inflight.bytes >= d.maxBytes
}

// evict moves lanes out of the scheduler that would hold up the others.
func (d *Dispatcher) evict(now time.Time) {
	if d.isFull() && !d.scheduler.Failing() && now.Sub(d.lastEviction).Abs() >= evictionInterval {
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

// checkLosses writes off what is held if the queue has nothing of it.
func (d *Dispatcher) checkLosses(now time.Time) {
	held := d.cfg.Ledger.Held()
	idle := d.inflight.events == 0 && held > 0
	if !d.losses.Observe(now, idle) {
		return
	}
	received := d.received
	d.run(func(ctx context.Context) func(time.Time) {
		spent, err := d.cfg.Queue.IsSpent(ctx)
		return func(now time.Time) {
			d.losses.Checked(now)
			switch {
			case err != nil && ctx.Err() == nil:
				d.cfg.Log.Warn("held events may be missing from the queue, will look again", "err", err)
			case err == nil && spent && d.received == received:
				// None of the held events was received since they were counted.
				d.writeOff(held)
			}
		}
	})
}

// writeOff drops events that were counted before the queue had nothing any more.
func (d *Dispatcher) writeOff(lost int64) {
	d.cfg.Ledger.Add(ledger.Counts{Held: -lost, Dropped: map[string]int64{ledger.QueueDamaged: lost}})
	d.committer.RecordLost(lost)
	d.cfg.Log.Error("events were lost with damaged files of the queue: export their time range again", "events", lost)
	d.cfg.OnSettled()
}

// checkLedger raises an alarm once if more events are settled than were read.
func (d *Dispatcher) checkLedger() {
	if held := d.cfg.Ledger.Held(); held < 0 && !d.alarmed {
		d.alarmed = true
		d.cfg.Log.Error("the ledger is wrong: it cannot be relied on until the queue is empty and the exporter starts again",
			"err", ErrLedger, "too_many", -held)
	}
}

func (d *Dispatcher) applyCounts() {
	if d.inflight.Apply() {
		d.cfg.OnSettled()
	}
}

// Stats returns the present metrics.
func (d *Dispatcher) Stats() Stats { return d.stats.Snapshot(d.cfg.Clock.Now()) }
