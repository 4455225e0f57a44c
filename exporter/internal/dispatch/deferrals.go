package dispatch

import (
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

const (
	// deferRetryInterval is the wait after a write that failed.
	deferRetryInterval = time.Second
	// deferBatch is the number of events that are written in one step: a queue stores so
	// many or none of them.
	deferBatch = 1000
)

// deferrals holds events that left the scheduler until the queue has delayed them: of
// lanes over their quota, of lanes with far more events than Amplitude takes, and later
// events of such lanes. It does no input or output, and time is an argument. Invariants:
//
//   - Events are written in the order in which they were deferred, one batch at a time.
//   - While an event of a lane is here, later events of the lane are deferred too.
//   - What is being written, or could not be written, can be in the queue already. It is
//     not removed, and is written again as the same batch: the queue recognizes it.
type deferrals struct {
	waiting []*deferral
	writing int                     // the first so many of waiting are being written, or failed to be
	failed  bool                    // they did
	count   int                     // events in waiting
	lanes   map[delivery.LaneID]int // the same by lane
	retryAt time.Time
}

// deferral is a group of events that are deferred together.
type deferral struct {
	until  time.Time // zero: with older events of their lanes
	events []*event
}

// Defer adds events behind those that wait.
func (d *deferrals) Defer(until time.Time, events []*event) {
	if len(events) == 0 {
		return
	}
	d.waiting = append(d.waiting, &deferral{until, events})
	for _, e := range events {
		d.mark(e, 1)
	}
}

// Holds reports whether events of the record's lane are here.
func (d *deferrals) Holds(r *mapping.Record) bool { return len(d.lanes) > 0 && d.lanes[laneOf(r)] > 0 }

// Next returns a batch to be written; nil: there is none, or the one before is not
// written yet. After Failed it is the same batch again. Stored or Failed must follow.
func (d *deferrals) Next(now time.Time) []*deferral {
	if d.failed && !now.Before(d.retryAt) {
		d.failed = false
		return d.waiting[:d.writing:d.writing]
	}
	if d.writing > 0 || len(d.waiting) == 0 {
		return nil
	}
	d.writing = len(d.waiting)
	events := 0
	for i, w := range d.waiting {
		if events += len(w.events); i > 0 && events > deferBatch {
			d.writing = i
			break
		}
	}
	return d.waiting[:d.writing:d.writing]
}

// Stored returns the batch that was written. Its events are not here any more.
func (d *deferrals) Stored() (stored []*deferral) {
	stored = d.waiting[:d.writing]
	for _, w := range stored {
		for _, e := range w.events {
			d.mark(e, -1)
		}
	}
	d.waiting = append([]*deferral(nil), d.waiting[d.writing:]...)
	d.writing, d.retryAt = 0, time.Time{}
	return stored
}

// Failed keeps the batch that could not be written.
func (d *deferrals) Failed(now time.Time) { d.failed, d.retryAt = true, now.Add(deferRetryInterval) }

// Remove takes away the events of which wanted is true and that are not being written.
func (d *deferrals) Remove(wanted func(*event) bool) (removed []*event) {
	left := d.waiting[:d.writing:d.writing]
	for _, w := range d.waiting[d.writing:] {
		var kept []*event
		for _, e := range w.events {
			if !wanted(e) {
				kept = append(kept, e)
				continue
			}
			d.mark(e, -1)
			removed = append(removed, e)
		}
		if w.events = kept; len(kept) > 0 {
			left = append(left, w)
		}
	}
	d.waiting = left
	return removed
}

// Wake returns when to call Next again, if nothing else happens before.
func (d *deferrals) Wake() (time.Time, bool) {
	return d.retryAt, d.failed || d.writing == 0 && len(d.waiting) > 0
}

func (d *deferrals) mark(e *event, n int) {
	if d.lanes == nil {
		d.lanes = make(map[delivery.LaneID]int)
	}
	d.count += n
	lane := laneOf(e.record)
	if d.lanes[lane] += n; d.lanes[lane] == 0 {
		delete(d.lanes, lane)
	}
	if len(d.lanes) == 0 {
		d.lanes = nil // a map keeps the memory of the most that it has held
	}
}
