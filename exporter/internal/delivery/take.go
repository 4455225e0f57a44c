package delivery

import (
	"container/heap"
	"time"
)

// Take takes away the events that are not in flight and of which wanted is true,
// as if they had never been added, and returns them; those of a lane in order.
// It looks at all events.
func (s *Scheduler) Take(now time.Time, wanted func(*Event) bool) []*Event {
	s.advance(now)
	// What waits in batches comes before the rest of its lane.
	taken := s.takeBatches(wanted)
	s.giveUp(taken)
	for _, parties := range [2]map[string]*party{s.devices, s.users} {
		for _, lane := range parties {
			taken = append(taken, lane.filter(wanted)...)
		}
	}
	s.leave(taken)
	for _, e := range taken {
		s.disown(e)
	}
	return taken
}

// takeBatches takes events out of the batches that wait to be sent again, and out
// of what hangs on a batch in flight.
func (s *Scheduler) takeBatches(wanted func(*Event) bool) (taken []*Event) {
	var retries fifo[*batch]
	for _, b := range s.retries.all() {
		if b = b.strip(wanted, &taken); b != nil {
			retries.push(b)
		}
	}
	s.retries = retries
	var left timers
	for _, t := range s.timers {
		if t.batch != nil {
			if t.batch = t.batch.strip(wanted, &taken); t.batch == nil {
				continue
			}
		}
		left = append(left, t)
	}
	s.timers = left
	heap.Init(&s.timers)
	for _, b := range s.flying {
		b.rest = b.rest.strip(wanted, &taken)
	}
	return taken
}

// strip takes events out of a batch and what hangs on it, and returns what is left
// of it, nil for nothing.
func (b *batch) strip(wanted func(*Event) bool, taken *[]*Event) *batch {
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
	b.rest = b.rest.strip(wanted, taken)
	if len(kept) == 0 {
		return b.rest
	}
	return b
}

// filter takes events out of a lane's queue.
func (p *party) filter(wanted func(*Event) bool) (taken []*Event) {
	e := p.head
	p.head, p.tail, p.queued = nil, nil, 0
	for e != nil {
		next := e.next
		e.next = nil
		if wanted(e) {
			taken = append(taken, e)
		} else {
			p.push(e)
		}
		e = next
	}
	return taken
}

// giveUp gives back the slots of events that were in a batch.
func (s *Scheduler) giveUp(events []*Event) {
	for _, e := range events {
		e.lane().flying--
		s.free(e.device)
		s.free(e.user)
	}
}

// disown forgets an event that is in no batch and no lane any more.
func (s *Scheduler) disown(e *Event) {
	s.held--
	for _, p := range [2]*party{e.device, e.user} {
		if p != nil {
			p.refs--
			p.forget(s.now)
		}
	}
}
