package delivery

import (
	"container/heap"
	"slices"
	"time"
)

// throttleNamed throttles the ids a response names, and returns the events of the batch that
// it names by index.
func (s *Scheduler) throttleNamed(b *batch, r outcome, retryAfter time.Duration) map[*Event]bool {
	wait := max(s.cfg.ThrottlePause, retryAfter)
	s.throttleByRate(s.devices, r.throttledDevices, wait)
	s.throttleByRate(s.users, r.throttledUsers, wait)
	s.throttleByQuota(s.devices, r.quotaDevices)
	s.throttleByQuota(s.users, r.quotaUsers)
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
// of which no event is held.
func (s *Scheduler) throttleByRate(limiters map[string]*limiter, ids []string, wait time.Duration) {
	for _, id := range ids {
		if p := limiters[id]; p != nil {
			p.decrease()
			s.throttle(p, wait)
		}
	}
}

// throttleByQuota throttles ids that are over their daily quota.
func (s *Scheduler) throttleByQuota(limiters map[string]*limiter, ids []string) {
	for _, id := range ids {
		if p := limiters[id]; p != nil {
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
		Lane: LaneID{User: s.users[l.id] == l, ID: l.id}, Quota: l.quota, Until: s.epoch.Add(until), PerSecond: l.limit,
	})
	heap.Push(&s.timers, timer{at: until, limiter: l})
}

// deadLetter settles the events a response refuses as dead letters, and returns how many.
func (s *Scheduler) deadLetter(b *batch, r outcome) int {
	var dead, kept []*Event
	for i, e := range b.events {
		reason := r.dead[i]
		if reason == "" && e.DeviceID != "" && slices.Contains(r.silenced, e.DeviceID) {
			reason = Silenced
		}
		if reason == "" {
			kept = append(kept, e)
			continue
		}
		dead = append(dead, e)
		s.refuse(e, reason)
	}
	if len(dead) > 0 {
		b.events = kept
		s.releaseLanes(dead)
	}
	return len(dead)
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
