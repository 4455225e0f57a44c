package limits

import "time"

// Window is the count of one id at one limit.
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
	t.mu.Lock()
	defer t.mu.Unlock()
	w := Window{Limit: t.limits.Rate[ep] * t.limits.Window, Step: time.Second, Steps: t.limits.Window}
	c := t.part(k)
	if s := c.known(uint64(k), second(now)); s != nil {
		w.Sum = int(c.sumRate(s, ep))
		c.eachSecond(s, ep, w.put)
	}
	return w
}

// Quota shows the daily quota of a device or user.
func (t *Table) Quota(now time.Time, k Key) Window {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := Window{Limit: t.limits.Quota, Step: time.Duration(t.limits.QuotaStep) * time.Second, Steps: DaySteps}
	c := t.part(k)
	if s := c.known(uint64(k), second(now)); s != nil {
		w.Sum = int(c.sumDay(s))
		c.eachStep(s, w.put)
	}
	return w
}

// put appends a bucket that is not empty.
func (w *Window) put(step, n uint32) {
	if n > 0 {
		w.Buckets = append(w.Buckets, Bucket{time.Unix(int64(step)*int64(w.Step/time.Second), 0).UTC(), int(n)})
	}
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

// eachSecond visits the seconds in the window of a cell, oldest first.
func (c *cells) eachSecond(s *cell, ep Endpoint, visit func(step, n uint32)) {
	switch {
	case s.id&wide != 0 && s.rate[ep] != 0:
		c.seconds.each(uint32(s.rate[ep]-1), s.at, visit)
	case s.id&wide == 0 && s.endpoint() == ep:
		for age := uint32(nibbles); age > 0; age-- {
			visit(s.at-age+1, s.nibble(age-1))
		}
	}
}

// eachStep visits the steps in the day of a cell, oldest first.
func (c *cells) eachStep(s *cell, visit func(step, n uint32)) {
	if s.day&ringBit == 0 {
		visit(s.at/c.step, s.day)
		return
	}
	c.days.each(s.day&^ringBit, s.at/c.step, visit)
}

// each visits the buckets of a ring that ends with a step.
func (s *arena) each(number, last uint32, visit func(step, n uint32)) {
	ring := s.ring(number)
	for age := s.buckets; age > 0; age-- {
		step := last - age + 1
		visit(step, ring[1+step%s.buckets])
	}
}
