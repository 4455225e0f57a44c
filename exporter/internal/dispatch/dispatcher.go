package dispatch

import (
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

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
	stats       stats
	throttled   throttledLanes
	deferred    deferredLanes
	paused      map[delivery.LaneID]time.Time // by an operator, and since when

	maxEvents, maxBytes int // in flight
	enoughLanes         int // that can send

	received     int    // chunks taken over
	uploads      int    // under way
	tasks        []task // to be run by the worker, in order
	dropping     bool   // the position of the queue is being read, to drop what is queued
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
		maxEvents: maxEvents, maxBytes: maxBytes, enoughLanes: enoughLanes,
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

// onUpload takes the end of an upload.
func (d *Dispatcher) onUpload(now time.Time, u upload) {
	d.uploads--
	u.answer.OldKey = u.answer.Generation < d.cfg.Client.Generation()
	class := delivery.ClassOf(u.answer, u.batch.Events)
	d.logUpload(u, class)
	short := d.countShort(u, class)
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
	for _, next := range [...]func() (time.Time, bool){d.scheduler.Wake, d.nextEviction, d.deferrals.Wake, d.losses.Wake, d.key.Deadline} {
		if t, waits := next(); waits && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// isFull reports whether there is no room for more events.
func (d *Dispatcher) isFull() bool {
	return d.inflight.events >= d.maxEvents || d.inflight.bytes >= d.maxBytes
}

// hasEnough reports whether no more events should be received.
func (d *Dispatcher) hasEnough() bool { return d.isFull() || d.scheduler.Ready() >= d.enoughLanes }

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
