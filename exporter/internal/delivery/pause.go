package delivery

import "time"

// Throttle is a device or user of which nothing is sent until a time.
type Throttle struct {
	Lane  LaneID
	Quota bool // over its daily quota, else too fast
	Until time.Time
	// PerSecond is the number of events per second the id gets after that.
	PerSecond int
}

// Throttles returns those that began or were made longer since the last call. The
// slice is valid until the next call of any method.
func (s *Scheduler) Throttles() []Throttle {
	throttles := s.throttles
	s.throttles = s.throttles[:0]
	return throttles
}
