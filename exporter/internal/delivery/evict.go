package delivery

import "time"

// Evicted is a lane whose events the caller is to keep elsewhere.
type Evicted struct {
	// Until is when to add them again; zero: as soon as there is room for some.
	Until  time.Time
	Events []*Event
}

// Evict removes the lanes that would take up memory for long: those that are over their
// daily quota, and those with more than LaneMax events. It removes a whole lane, at a
// moment when none of its events is in an upload. The caller must add no later event of the
// lane before these, so that the order is kept across restarts.
func (s *Scheduler) Evict(now time.Time) []Evicted {
	s.advance(now)
	if len(s.evictions) == 0 || s.Failing() {
		return nil
	}
	var all []Evicted
	var left []*lane
	for i := 0; i < len(s.evictions); i++ { // taking a lane may wake others, which are marked then
		lane := s.evictions[i]
		if lane.uploading > 0 {
			left = append(left, lane)
			continue
		}
		lane.evicting = false
		if until, ok := s.evictable(lane); ok {
			all = append(all, s.takeLane(lane, until))
		}
	}
	s.evictions = left
	return all
}

// MarkSlowLanes marks for eviction every lane that will not be empty soon, because it is
// blocked or has more than a few seconds' worth of events. It looks at all lanes.
func (s *Scheduler) MarkSlowLanes(now time.Time) {
	s.advance(now)
	for _, limiters := range [2]*limiters{&s.devices, &s.users} {
		for _, l := range limiters.byID {
			if l.lane.head != nil && s.isSlow(&l.lane) {
				s.markForEviction(&l.lane)
			}
		}
	}
}

// slowLane is the number of waiting events that MarkSlowLanes leaves, in seconds.
const slowLane = 3

// isSlow reports whether a lane with events will not be empty soon.
func (s *Scheduler) isSlow(lane *lane) bool {
	return s.blocker(lane.head).isBlocked(s.now) || int(lane.queued) > slowLane*s.cfg.PerSecond && !lane.head.Returned
}

// markForEviction marks a lane for Evict.
func (s *Scheduler) markForEviction(lane *lane) {
	if s.cfg.LaneMax > 0 && !lane.evicting {
		lane.evicting = true
		s.evictions = append(s.evictions, lane)
	}
}

// evictable reports whether a marked lane is still to be evicted, and until when.
func (s *Scheduler) evictable(lane *lane) (until time.Time, ok bool) {
	switch {
	case lane.head == nil:
		return time.Time{}, false
	case s.blocker(lane.head).isBlocked(s.now):
		return s.time(s.blocker(lane.head).resumes(s.now)), true
	default:
		return time.Time{}, s.isSlow(lane)
	}
}

// suspendedLook is when an evicted lane that is suspended comes back, to see whether it
// still is.
const suspendedLook = time.Minute

// resumes returns when to try a limiter again that is blocked.
func (l *limiter) resumes(now elapsed) elapsed {
	if l.suspended {
		return max(l.throttledUntil, now+suspendedLook)
	}
	return l.throttledUntil
}

func (s *Scheduler) takeLane(lane *lane, until time.Time) Evicted {
	events := s.takeFrom(lane, func(*Event) bool { return true })
	for _, e := range events {
		s.forgetEvent(e)
	}
	return Evicted{Until: until, Events: events}
}
