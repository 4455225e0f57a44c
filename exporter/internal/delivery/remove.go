package delivery

import (
	"container/heap"
	"time"
)

// Remove removes the events that are in no upload and for which wanted is true, as if
// they had never been added, and returns them, those of a lane in order. It looks at all
// events.
func (s *Scheduler) Remove(now time.Time, wanted func(*Event) bool) []*Event {
	s.advance(now)
	// What waits in batches comes before the rest of its lane.
	taken := s.removeFromBatches(wanted)
	s.releaseSlots(taken)
	for _, limiters := range [2]*limiters{&s.devices, &s.users} {
		for _, l := range limiters.byID {
			taken = append(taken, s.takeFrom(&l.lane, wanted)...)
		}
	}
	s.releaseLanes(taken)
	for _, e := range taken {
		s.forgetEvent(e)
	}
	return taken
}

// takeFrom removes the events of a lane for which wanted is true. A lane that waits does so
// with its first event, so it begins anew with the one that is first now.
func (s *Scheduler) takeFrom(lane *lane, wanted func(*Event) bool) []*Event {
	taken := lane.filter(wanted)
	if len(taken) > 0 {
		s.stopWaiting(lane)
		s.enqueue(lane)
	}
	return taken
}

// removeFromBatches takes events out of the batches that wait to be sent again, and out
// of the continuations of batches under way.
func (s *Scheduler) removeFromBatches(wanted func(*Event) bool) (taken []*Event) {
	var retries fifo[*batch]
	for _, b := range s.retries.all() {
		if b = b.remove(wanted, &taken); b != nil {
			retries.push(b)
		}
	}
	s.retries = retries
	var left timers
	for _, t := range s.timers {
		if t.batch != nil {
			if t.batch = t.batch.remove(wanted, &taken); t.batch == nil {
				continue
			}
		}
		left = append(left, t)
	}
	s.timers = left
	heap.Init(&s.timers)
	for _, b := range s.uploads {
		b.continuation = b.continuation.remove(wanted, &taken)
	}
	return taken
}

// remove removes events from a batch and its continuation, and returns what is left of
// it, nil for nothing.
func (b *batch) remove(wanted func(*Event) bool, taken *[]*Event) *batch {
	if b == nil {
		return nil
	}
	var kept []*Event
	for _, e := range b.events {
		if wanted(e) {
			*taken = append(*taken, e)
		} else {
			kept = append(kept, e)
		}
	}
	b.events = kept
	b.continuation = b.continuation.remove(wanted, taken)
	if len(kept) == 0 {
		return b.continuation
	}
	return b
}

// releaseSlots releases the slots of events that were in a batch.
func (s *Scheduler) releaseSlots(events []*Event) {
	for _, e := range events {
		e.lane().uploading--
		s.releaseSlot(e.device)
		s.releaseSlot(e.user)
	}
}

// forgetEvent forgets an event that is in no batch and no lane any more. Its lane may have
// been woken for a slot that another one can use now.
func (s *Scheduler) forgetEvent(e *Event) {
	s.held--
	for _, p := range [2]*limiter{e.device, e.user} {
		if p != nil {
			p.refs--
			s.wake(p)
			s.forget(p)
		}
	}
}
