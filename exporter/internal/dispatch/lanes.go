package dispatch

import (
	"cmp"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

func kindOf(id delivery.LaneID) string {
	if id.User {
		return "user"
	}
	return "device"
}

// Lanes returns up to n lanes in a state; empty: in any. It looks at all lanes.
func (d *Dispatcher) Lanes(state string, n int) *status.Lanes {
	d.mu.Lock()
	now := d.cfg.Clock.Now()
	all := d.allLanes(now)
	page := &status.Lanes{}
	if until, class, ok := d.scheduler.Backoff(now); ok {
		page.Backoff = &status.Outage{Until: until, Class: class}
	}
	d.mu.Unlock()
	fill(page, all, state, n)
	return page
}

// Throttled returns up to n of the lanes that Amplitude throttles; nil if there are none,
// which it finds out without looking at all lanes.
func (d *Dispatcher) Throttled(n int) *status.Lanes {
	if len(d.throttled.Now(d.cfg.Clock.Now())) == 0 {
		return nil
	}
	return d.Lanes(status.Throttled, n)
}

// fill puts up to n lanes in a state on the page.
func fill(p *status.Lanes, all map[delivery.LaneID]*status.Lane, state string, n int) {
	p.Lanes = []status.Lane{}
	for id, lane := range all {
		if state != "" && !slices.Contains(lane.States, state) {
			continue
		}
		if id.User {
			p.Users++
		} else {
			p.Devices++
		}
		p.Lanes = append(p.Lanes, *lane)
	}
	slices.SortFunc(p.Lanes, func(a, b status.Lane) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	if len(p.Lanes) > n {
		p.LeftOut = len(p.Lanes) - n
		p.Lanes = p.Lanes[:n]
	}
}

// allLanes puts together what the throttling, the scheduler, the deferrals and the pauses
// say.
func (d *Dispatcher) allLanes(now time.Time) map[delivery.LaneID]*status.Lane {
	all := make(map[delivery.LaneID]*status.Lane)
	lane := func(id delivery.LaneID, state string) *status.Lane {
		if all[id] == nil {
			all[id] = d.newLane(id)
		}
		if state != "" && !slices.Contains(all[id].States, state) {
			all[id].States = append(all[id].States, state)
		}
		return all[id]
	}
	for id := range d.paused {
		lane(id, status.Paused)
	}
	for id, t := range d.throttled.Now(now) {
		t.describe(lane(id, status.Throttled))
	}
	for id, b := range d.scheduler.Blocked(now) {
		l := lane(id, "")
		if !b.Throttled.IsZero() {
			l = lane(id, status.Throttled)
			l.Until = b.Throttled
		}
		if !b.Backoff.IsZero() {
			l = lane(id, status.Backoff)
			waitUntil(l, b.Backoff)
			l.Amplitude = cmp.Or(l.Amplitude, b.Failure)
		}
		addEvents(l, b.Events, b.Oldest)
	}
	d.deferred.Prune(d.cfg.Queue.IsDelayed)
	for id, w := range d.deferred.lanes {
		l := lane(id, status.Deferred)
		waitUntil(l, w.until)
		addEvents(l, w.events, w.oldest)
	}
	for _, w := range d.deferrals.waiting {
		for _, e := range w.events {
			l := lane(laneOf(e.record), status.Deferred)
			waitUntil(l, w.until)
			addEvents(l, 1, e.record.Time)
		}
	}
	for id, since := range d.paused {
		all[id].Since, all[id].Until = since, time.Time{}
	}
	return all
}

func (d *Dispatcher) newLane(id delivery.LaneID) *status.Lane {
	shown := d.cfg.ShowID(id.ID)
	return &status.Lane{Name: kindOf(id) + ":" + shown, Kind: kindOf(id), ID: shown}
}

// waitUntil makes a lane go on no sooner than at a time.
func waitUntil(l *status.Lane, until time.Time) {
	if until.After(l.Until) {
		l.Until = until
	}
}

// addEvents adds events, the oldest of which happened at a time in milliseconds.
func addEvents(l *status.Lane, events int, oldest int64) {
	l.Events += events
	if at := time.UnixMilli(oldest); events > 0 && (l.Oldest.IsZero() || at.Before(l.Oldest)) {
		l.Oldest = at.UTC()
	}
}
