package delivery

import "time"

// Pause is a device or user that is left alone until a time.
type Pause struct {
	Lane  LaneID
	Quota bool // over its daily quota, else too fast
	Until time.Time
	// PerSecond is the number of events per second the id gets after the pause.
	PerSecond int
}

// Pauses returns the pauses that began or were made longer since the last call. The
// slice is valid until the next call of any method.
func (s *Scheduler) Pauses() []Pause {
	pauses := s.pauses
	s.pauses = s.pauses[:0]
	return pauses
}
