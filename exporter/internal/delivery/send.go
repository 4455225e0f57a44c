package delivery

import "time"

// Batch is what to send next. Its events are not changed before its answer.
type Batch struct {
	ID     uint64
	Events []*Event
}

// Next returns a batch to send now, and false if there is none. Every batch must
// be answered with a call of Answer. Call Next until it returns false.
func (s *Scheduler) Next(now time.Time) (Batch, bool) {
	s.advance(now)
	if !s.breaker.allows(s.now, len(s.uploads), s.cfg.MaxUploads) {
		return Batch{}, false
	}
	b := s.retry()
	if b == nil {
		b = s.fill()
	}
	if b == nil {
		return Batch{}, false
	}
	s.lastID++
	b.id = s.lastID
	b.epoch = s.breaker.epoch
	for _, e := range b.events {
		e.attempts++
	}
	s.uploads[b.id] = b
	return Batch{ID: b.id, Events: b.events}, true
}

// retry returns the next batch to be sent again, without the events of ids that
// are blocked since.
func (s *Scheduler) retry() *batch {
	for s.retries.len() > 0 {
		b := s.retries.pop()
		s.requeueBlocked(b, nil)
		if len(b.events) > 0 {
			return b
		}
	}
	return nil
}

// fill makes a batch from the lanes that are ready, first come first served.
func (s *Scheduler) fill() *batch {
	b := &batch{}
	room := s.cfg.MaxBytes
	for s.ready.len() > 0 && len(b.events) < s.cfg.MaxEvents {
		lane := s.ready.peek()
		if lane.head == nil { // its events were taken away
			s.ready.pop()
			lane.state = idle
			continue
		}
		taken := len(b.events)
		blocker := s.take(lane, b, &room)
		if len(b.events) == taken && blocker == nil {
			break // its next event does not fit: it leads the next batch
		}
		s.ready.pop()
		if len(b.events) > taken {
			lane.state = busy
			continue
		}
		s.wait(lane, blocker)
		// The lane may have been woken for a slot it cannot use after all.
		for _, p := range [2]*limiter{lane.head.device, lane.head.user} {
			if p != nil && p != blocker {
				s.wake(p)
			}
		}
	}
	if len(b.events) == 0 {
		return nil
	}
	return b
}

// take moves events from a lane to a batch as long as they fit and no limiter blocks
// them. It returns the limiter that blocks the next event, if that is what ended it.
func (s *Scheduler) take(lane *lane, b *batch, room *int) *limiter {
	for lane.head != nil && len(b.events) < s.cfg.MaxEvents {
		e := lane.head
		if p := s.blocker(e); p != nil {
			return p
		}
		size := len(e.Wire) + 1
		if size > *room && len(b.events) > 0 {
			return nil
		}
		*room -= size
		b.events = append(b.events, lane.shift())
		lane.uploading++
		for _, p := range [2]*limiter{e.device, e.user} {
			if p != nil {
				p.used++
			}
		}
	}
	return nil
}
