package delivery

import "time"

// Spilled are all events of a lane that the caller shall keep somewhere else.
type Spilled struct {
	// Until is when to add them again; zero: as soon as there is room for some.
	Until  time.Time
	Events []*Event
}

// Spill takes away the lanes that would take up memory for long: those that are
// over their daily quota, and those with more than LaneMax events. It takes a lane
// as a whole, at a moment when none of its events is in flight, so that whatever
// becomes of the process the order is kept: the caller must see to it that no
// later event of the lane is added before these are.
func (s *Scheduler) Spill(now time.Time) []Spilled {
	s.advance(now)
	if len(s.spills) == 0 || s.Failing() {
		return nil
	}
	var all []Spilled
	var left []*party
	for _, lane := range s.spills {
		if lane.flying > 0 {
			left = append(left, lane)
			continue
		}
		lane.spilling = false
		if until, ok := s.spillable(lane); ok {
			all = append(all, s.takeLane(lane, until))
		}
	}
	s.spills = left
	return all
}

// Relieve marks for Spill every lane that will not be empty soon, because it is
// parked or has more than a few seconds' worth of events. It looks at all lanes.
func (s *Scheduler) Relieve(now time.Time) {
	s.advance(now)
	for _, parties := range [2]map[string]*party{s.devices, s.users} {
		for _, lane := range parties {
			if lane.head != nil && lane.isSlow(s) {
				s.spill(lane)
			}
		}
	}
}

// slowLane is the number of waiting events that Relieve leaves, in seconds.
const slowLane = 3

func (p *party) isSlow(s *Scheduler) bool {
	holder := s.holder(p.head)
	return holder.isParked(s.now) || p.queued > slowLane*s.cfg.PerSecond && !p.head.Returned
}

// spill marks a lane.
func (s *Scheduler) spill(lane *party) {
	if s.cfg.LaneMax > 0 && !lane.spilling {
		lane.spilling = true
		s.spills = append(s.spills, lane)
	}
}

// spillable tells whether a marked lane is still to be spilled, and until when.
func (s *Scheduler) spillable(lane *party) (until time.Time, ok bool) {
	switch {
	case lane.head == nil:
		return time.Time{}, false
	case s.holder(lane.head).isParked(s.now):
		return s.epoch.Add(s.holder(lane.head).parked), true
	default:
		return time.Time{}, lane.isSlow(s)
	}
}

func (s *Scheduler) takeLane(lane *party, until time.Time) Spilled {
	events := lane.filter(func(*Event) bool { return true })
	for _, e := range events {
		s.disown(e)
	}
	return Spilled{Until: until, Events: events}
}
