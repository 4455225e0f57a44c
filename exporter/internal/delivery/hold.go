package delivery

import (
	"container/heap"
	"slices"
	"time"
)

// park parks the ids an answer names and returns the events of the batch that
// it names by index.
func (s *Scheduler) park(b *batch, r reaction, retryAfter time.Duration) map[*Event]bool {
	throttlePause := max(s.cfg.ThrottlePause, retryAfter)
	s.throttle(s.devices, r.throttledDevices, throttlePause)
	s.throttle(s.users, r.throttledUsers, throttlePause)
	s.suspend(s.devices, r.quotaDevices)
	s.suspend(s.users, r.quotaUsers)
	named := make(map[*Event]bool)
	for _, i := range r.throttled {
		if i < 0 || i >= len(b.events) {
			continue
		}
		e := b.events[i]
		named[e] = true
		if !e.device.isParked(s.now) && !e.user.isParked(s.now) {
			// Named by index only.
			e.lane().slow()
			s.parkParty(e.lane(), throttlePause)
		}
	}
	return named
}

// throttle parks ids that are too fast, and makes them slower. Ids that nothing
// held belongs to are not remembered.
func (s *Scheduler) throttle(parties map[string]*party, ids []string, pause time.Duration) {
	for _, id := range ids {
		if p := parties[id]; p != nil {
			p.slow()
			s.parkParty(p, pause)
		}
	}
}

// suspend parks ids that are over their daily quota.
func (s *Scheduler) suspend(parties map[string]*party, ids []string) {
	for _, id := range ids {
		if p := parties[id]; p != nil {
			p.quota = true
			s.parkParty(p, s.cfg.QuotaPause)
		}
	}
}

func (s *Scheduler) parkParty(p *party, pause time.Duration) {
	until := s.now + pause + time.Duration(s.cfg.Random()*parkSpread*float64(pause))
	if until <= p.parked {
		return
	}
	if !p.isParked(s.now) {
		s.parked++
	}
	p.parked = until
	heap.Push(&s.timers, timer{at: until, party: p})
}

// bury makes dead letters of the events an answer refuses, and returns how many.
func (s *Scheduler) bury(b *batch, r reaction) int {
	var buried, kept []*Event
	for i, e := range b.events {
		reason := r.dead[i]
		if reason == "" && e.DeviceID != "" && slices.Contains(r.silenced, e.DeviceID) {
			reason = Silenced
		}
		if reason == "" {
			kept = append(kept, e)
			continue
		}
		buried = append(buried, e)
		s.refuse(e, reason)
	}
	if len(buried) > 0 {
		b.events = kept
		s.leave(buried)
	}
	return len(buried)
}

// holdBack gives back to their lanes the events of a batch that have to wait: the
// named ones, those of parked ids, and for the sake of the order everything
// behind them in the same lane.
func (s *Scheduler) holdBack(b *batch, named map[*Event]bool) {
	var back, kept []*Event
	var stopped *party
	for _, e := range b.events {
		lane := e.lane()
		if lane == stopped || named[e] || e.device.isParked(s.now) || e.user.isParked(s.now) {
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
	// What hangs on the batch is of the same lane, and later.
	for rest := b.rest; rest != nil; rest = rest.rest {
		back = append(back, rest.events...)
	}
	b.rest = nil
	for _, e := range slices.Backward(back) {
		lane := e.lane()
		lane.unshift(e)
		lane.flying--
		s.free(e.device)
		s.free(e.user)
	}
	s.leave(back)
}
