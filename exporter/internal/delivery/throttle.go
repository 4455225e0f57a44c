package delivery

import (
	"container/heap"
	"slices"
	"time"
)

// This file is all that happens to a throttled id: applyVerdict throttles it and puts its
// events back in front of their lanes, and endThrottle lets the lanes go on.

// throttleSpread is the part of a wait added at random, so that not all ids throttled by
// one answer go on at the same instant.
const throttleSpread = 0.02

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

// applyVerdict removes the events named by a response, as dead letters or to wait until
// they are throttled no more, and resends the rest at once; if none is named, it bisects.
func (s *Scheduler) applyVerdict(b *batch, r outcome, retryAfter time.Duration) {
	before := len(b.events)
	throttled := s.throttleNamed(b, r, retryAfter)
	dead := s.deadLetter(b, r)
	s.requeueBlocked(b, throttled)
	switch {
	case len(b.events) < before:
		s.breaker.succeed(b.epoch)
		b.failures = 0
		if dead > 0 {
			b.refusals++
		}
		s.resend(b)
	case r.class == poison:
		s.bisect(b, Refused)
	default:
		s.retryLater(b, transient, retryAfter)
	}
}

// throttleNamed throttles the ids a response names, and returns the events of the batch that
// it names by index.
func (s *Scheduler) throttleNamed(b *batch, r outcome, retryAfter time.Duration) map[*Event]bool {
	wait := max(s.cfg.ThrottlePause, retryAfter)
	s.throttleByRate(&s.devices, r.throttledDevices, wait)
	s.throttleByRate(&s.users, r.throttledUsers, wait)
	s.throttleByQuota(&s.devices, r.quotaDevices)
	s.throttleByQuota(&s.users, r.quotaUsers)
	named := make(map[*Event]bool)
	for _, i := range r.throttled {
		if i < 0 || i >= len(b.events) {
			continue
		}
		e := b.events[i]
		named[e] = true
		if !e.device.isBlocked(s.now) && !e.user.isBlocked(s.now) {
			// Named by index only.
			e.limiter().decrease()
			s.throttle(e.limiter(), wait)
		}
	}
	return named
}

// throttleByRate throttles ids that are too fast, and decreases their limits. It ignores ids
// of which no event is held and none was accepted less than a window ago.
func (s *Scheduler) throttleByRate(of *limiters, ids []string, wait time.Duration) {
	for _, id := range ids {
		if p := of.find(id); p != nil {
			p.decrease()
			s.throttle(p, wait)
		}
	}
}

// throttleByQuota throttles ids that are over their daily quota.
func (s *Scheduler) throttleByQuota(of *limiters, ids []string) {
	for _, id := range ids {
		if p := of.find(id); p != nil {
			p.quota = true
			s.throttle(p, s.cfg.QuotaPause)
		}
	}
}

// throttle sends nothing of a limiter for a duration from now, spread at random.
func (s *Scheduler) throttle(l *limiter, wait time.Duration) {
	until := s.now + wait + time.Duration(s.cfg.Random()*throttleSpread*float64(wait))
	if until <= l.throttledUntil {
		return
	}
	if !l.isThrottled(s.now) {
		s.throttled++
	}
	l.throttledUntil = until
	s.throttles = append(s.throttles, Throttle{
		Lane: LaneID{User: l.user, ID: l.id}, Quota: l.quota, Until: s.time(until), PerSecond: int(l.limit),
	})
	heap.Push(&s.timers, timer{at: until, limiter: l})
}

// requeueBlocked returns events of a batch to their lanes: the named ones, those of ids
// that are blocked, and everything behind them in the same lane, to keep the order.
func (s *Scheduler) requeueBlocked(b *batch, named map[*Event]bool) {
	var back, kept []*Event
	var stopped *lane
	for _, e := range b.events {
		lane := e.lane()
		if lane == stopped || named[e] || e.device.isBlocked(s.now) || e.user.isBlocked(s.now) {
			stopped = lane
			back = append(back, e)
			continue
		}
		kept = append(kept, e)
	}
	if len(back) == 0 {
		return
	}
	b.events = kept
	// The continuation is of the same lane, and later.
	for next := b.continuation; next != nil; next = next.continuation {
		back = append(back, next.events...)
	}
	b.continuation = nil
	for _, e := range slices.Backward(back) {
		lane := e.lane()
		lane.unshift(e)
		lane.uploading--
		s.releaseSlot(e.device)
		s.releaseSlot(e.user)
	}
	s.releaseLanes(back)
}

// endThrottle resumes the lanes of a limiter that is throttled no more. The timer of a
// throttle that was made longer since changes nothing.
func (s *Scheduler) endThrottle(t *timer) {
	if t.at == t.limiter.throttledUntil {
		s.throttled--
		t.limiter.quota = false
	}
	s.wake(t.limiter)
	s.forget(t.limiter)
}

// wake resumes as many of the lanes that wait for a limiter as it has slots.
func (s *Scheduler) wake(p *limiter) {
	if p.isBlocked(s.now) {
		return
	}
	for free := p.limit - p.used; free > 0 && p.firstWaiter != nil; {
		lane := p.firstWaiter
		s.stopWaiting(lane)
		s.enqueue(lane)
		if lane.state == ready {
			free--
		}
	}
}
