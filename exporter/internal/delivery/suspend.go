package delivery

import "time"

// LaneID names a device, or a user.
type LaneID struct {
	User bool
	ID   string
}

// Suspend sends nothing of a device or a user any more, until Resume. Uploads under way
// are not stopped: what they leave over waits.
func (s *Scheduler) Suspend(now time.Time, id LaneID) {
	s.advance(now)
	s.limitersOf(id.User).get(id.ID).suspended = true
}

// Resume ends Suspend.
func (s *Scheduler) Resume(now time.Time, id LaneID) {
	s.advance(now)
	if l := s.limitersOf(id.User).find(id.ID); l != nil {
		l.suspended = false
		s.wake(l)
		s.forget(l)
	}
}

// Blocked is a device or a user whose events wait for more than their turn.
type Blocked struct {
	ID        LaneID
	Suspended bool
	// Throttled is until when Amplitude's word holds them back, Backoff when a failed upload
	// with some of them is sent again. Zero: that is not so.
	Throttled, Backoff time.Time
	// Failure is the answer to that upload.
	Failure string
	// Events wait in the Scheduler, and the oldest of them happened at Oldest, in
	// milliseconds since the epoch.
	Events int
	Oldest int64
}

// Blocked returns what waits and why. It looks at all lanes.
func (s *Scheduler) Blocked(now time.Time) map[LaneID]*Blocked {
	s.advance(now)
	all := make(map[LaneID]*Blocked)
	for _, limiters := range [2]*limiters{&s.devices, &s.users} {
		for _, l := range limiters.byID {
			if l.isBlocked(s.now) {
				s.blockedBy(l, all)
			}
		}
	}
	for _, t := range s.timers {
		s.backingOff(t.batch, t.at, all)
	}
	if s.breaker.until > s.now {
		for _, b := range s.retries.all() {
			s.backingOff(b, s.breaker.until, all)
		}
	}
	return all
}

func (s *Scheduler) blocked(l *limiter, all map[LaneID]*Blocked) *Blocked {
	id := LaneID{User: l.user, ID: l.id}
	if all[id] == nil {
		all[id] = &Blocked{ID: id}
	}
	return all[id]
}

// blockedBy adds a limiter that is blocked, with the lanes that wait for it.
func (s *Scheduler) blockedBy(l *limiter, all map[LaneID]*Blocked) {
	b := s.blocked(l, all)
	b.Suspended = l.suspended
	if l.isThrottled(s.now) {
		b.Throttled = s.time(l.throttledUntil)
	}
	for lane := l.firstWaiter; lane != nil; lane = lane.behind {
		b.add(lane.head, int(lane.queued))
	}
	if l.lane.state == busy { // it waits for itself once its upload is answered
		b.add(l.lane.head, int(l.lane.queued))
	}
}

// backingOff adds the events of a batch that is sent again at a time.
func (s *Scheduler) backingOff(waits *batch, at elapsed, all map[LaneID]*Blocked) {
	for ; waits != nil; waits = waits.continuation {
		for _, e := range waits.events {
			b := s.blocked(e.limiter(), all)
			b.Backoff, b.Failure = s.time(at), e.last.String()
			b.add(e, 1)
		}
	}
}

// add adds events, of which one is the oldest.
func (b *Blocked) add(oldest *Event, events int) {
	if oldest == nil {
		return
	}
	b.Events += events
	if b.Oldest == 0 || oldest.Time < b.Oldest {
		b.Oldest = oldest.Time
	}
}

// Backoff returns until when nothing is sent because of failed uploads, and the class of
// the last of them; false: it is not so.
func (s *Scheduler) Backoff(now time.Time) (until time.Time, class string, ok bool) {
	s.advance(now)
	if s.breaker.until <= s.now {
		return time.Time{}, "", false
	}
	return s.time(s.breaker.until), classNames[s.breaker.class], true
}
