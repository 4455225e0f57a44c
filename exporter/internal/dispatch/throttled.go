package dispatch

import (
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

const (
	// maxLanes bounds the lanes that are remembered, since the sender decides how many
	// there are.
	maxLanes = 20_000
	// sameEpisode is how long after an id was throttled another time continues the same episode.
	sameEpisode = time.Minute
	// forgetInterval is how often room is looked for, which takes a walk over all lanes.
	forgetInterval = time.Second
	// throttlesLogged bounds the log lines about single ids in a minute.
	throttlesLogged = 20
)

// throttledLanes remembers the lanes that Amplitude throttles, and what it said. It is
// safe for concurrent use.
type throttledLanes struct {
	mu       sync.Mutex // guards what follows
	lanes    map[delivery.LaneID]throttle
	forgotAt time.Time // when room was looked for last
	logged   int       // lines since minute
	minute   time.Time // when the count began
}

// throttle is an episode of throttling.
type throttle struct {
	since, until time.Time
	times        int
	reason       string // rate or daily_quota
	perSecond    int
	measured     int64  // by Amplitude
	message      string // of Amplitude
}

// describe writes the episode into a lane.
func (t *throttle) describe(l *status.Lane) {
	l.Since, l.Until, l.Reason, l.TimesThrottled, l.PerSecond = t.since, t.until, t.reason, t.times, t.perSecond
	l.Measured, l.Amplitude = t.measured, t.message
}

// Record records that an answer throttles an id. It returns the episode, and whether to
// log it.
func (x *throttledLanes) Record(now time.Time, p *delivery.Throttle, a *amplitude.Answer) (t throttle, toLog bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	t = throttle{since: now, until: p.Until, times: 1, reason: "rate", perSecond: p.PerSecond, message: a.Detail.Text}
	if p.Quota {
		t.reason = "daily_quota"
	}
	if t.measured = a.Detail.Devices[p.Lane.ID]; p.Lane.User {
		t.measured = a.Detail.Users[p.Lane.ID]
	}
	id := p.Lane
	before, known := x.lanes[id]
	if known && now.Before(before.until.Add(sameEpisode)) {
		t.since, t.times = before.since, before.times+1
	}
	if !known {
		x.makeRoom(now)
		id.ID = strings.Clone(id.ID) // it may be part of a whole block
	}
	if known || len(x.lanes) < maxLanes {
		x.lanes[id] = t
	}
	if now.Sub(x.minute).Abs() >= time.Minute {
		x.minute, x.logged = now, 0
	}
	x.logged++
	return t, x.logged <= throttlesLogged
}

// makeRoom forgets the episodes that are over.
func (x *throttledLanes) makeRoom(now time.Time) {
	if x.lanes == nil {
		x.lanes = make(map[delivery.LaneID]throttle)
	}
	if len(x.lanes) >= maxLanes && now.Sub(x.forgotAt).Abs() >= forgetInterval {
		x.forget(now)
	}
}

func (x *throttledLanes) forget(now time.Time) {
	x.forgotAt = now
	for id, t := range x.lanes {
		if !now.Before(t.until.Add(sameEpisode)) {
			delete(x.lanes, id)
		}
	}
}

// Now returns the lanes that are throttled at a time.
func (x *throttledLanes) Now(now time.Time) map[delivery.LaneID]throttle {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forget(now)
	present := make(map[delivery.LaneID]throttle)
	for id, t := range x.lanes {
		if now.Before(t.until) {
			present[id] = t
		}
	}
	return present
}
