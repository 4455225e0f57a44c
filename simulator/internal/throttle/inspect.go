package throttle

import "time"

// Window is what a table knows of one id at one limit.
type Window struct {
	Limit   int // events that the window may hold; 0 if the limit is off
	Step    time.Duration
	Steps   int
	Sum     int
	Buckets []Bucket // those that are not empty, oldest first
}

// Bucket is the number of events in one step.
type Bucket struct {
	At     time.Time
	Events int
}

// Rate shows the rate of a device or user at an endpoint.
func (t *Table) Rate(now time.Time, ep Endpoint, k Key) Window {
	s := &t.shards[k.shard()]
	s.mu.Lock()
	defer s.mu.Unlock()
	w := Window{Limit: s.limits.Rate[ep] * s.limits.Window, Step: time.Second, Steps: s.limits.Window}
	w.fill(s.rate[ep], k, second(now))
	return w
}

// Quota shows the daily quota of a device or user.
func (t *Table) Quota(now time.Time, k Key) Window {
	s := &t.shards[k.shard()]
	s.mu.Lock()
	defer s.mu.Unlock()
	w := Window{Limit: s.limits.Quota, Step: time.Duration(s.limits.QuotaStep) * time.Second, Steps: DaySteps}
	w.fill(s.quota, k, quotaStep(now, s.limits))
	return w
}

func (w *Window) fill(c *counters, k Key, step uint32) {
	w.Sum = int(c.sum(uint64(k), step))
	c.each(uint64(k), func(at, n uint32) {
		w.Buckets = append(w.Buckets, Bucket{time.Unix(int64(at)*int64(w.Step/time.Second), 0).UTC(), int(n)})
	})
}

// Clears is the first instant at which the window takes one more event, now or
// later, if none comes in between.
func (w *Window) Clears(now time.Time, reach bool) time.Time {
	limits := Limits{Reach: reach}
	left, at := w.Sum, now
	for _, b := range w.Buckets {
		if w.Limit == 0 || !limits.exceeds(left+1, w.Limit) {
			break
		}
		left -= b.Events
		at = b.At.Add(w.Step * time.Duration(w.Steps))
	}
	return at
}

// each visits the buckets of a key that are not empty, oldest first. The window
// must have been moved to the present by sum.
func (c *counters) each(key uint64, visit func(step, n uint32)) {
	s, found := c.look(key)
	switch {
	case !found || s.n == 0:
	case s.n&ringBit == 0:
		visit(s.at, s.n)
	default:
		ring := c.ring(s.n)
		for step := s.at - c.buckets + 1; step <= s.at; step++ {
			if n := ring[1+step%c.buckets]; n > 0 {
				visit(step, n)
			}
		}
	}
}
