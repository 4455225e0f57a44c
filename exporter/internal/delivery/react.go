package delivery

import (
	"container/heap"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

const (
	// isolateAfter is the number of failures in a row after which a batch is
	// split, if others get through: one of its events may be what breaks it.
	isolateAfter = 4
	// halveAfter is the number of refusals after which what is left of a batch
	// is split. Amplitude may name one bad event at a time; without splitting,
	// every one of them would cost a repeat of the whole batch.
	halveAfter = 2
	// parkSpread is the part of a pause added at random, lest all ids parked by
	// one answer come back in the same instant.
	parkSpread = 0.02
)

// Answer reports the answer to a batch. An answer to a batch that is not in
// flight is ignored.
func (s *Scheduler) Answer(now time.Time, id uint64, a amplitude.Answer) {
	s.advance(now)
	b := s.flying[id]
	if b == nil {
		return
	}
	delete(s.flying, id)
	r := classify(a)
	if r.class != success {
		for i, e := range b.events {
			e.note(a.Status, r.class, r.dead[i] != "")
		}
	}
	switch r.class {
	case success:
		s.gate.pass(b.epoch)
		s.accept(b)
	case throttle, poison:
		s.sort(b, r, a.RetryAfter)
	case oversize:
		s.search(b, Oversize)
	case transient, setup, forbidden:
		s.postpone(b, r.class, a.RetryAfter)
	}
}

func (s *Scheduler) accept(b *batch) {
	var lane *party
	for _, e := range b.events {
		if e.lane() != lane { // once per batch and lane
			lane = e.lane()
			e.device.regain(s.cfg.PerSecond)
			e.user.regain(s.cfg.PerSecond)
		}
		s.releases.push(release{at: s.now + window, device: e.device, user: e.user})
		s.settle(e, "")
	}
	s.leave(b.events)
	s.finish(b)
}

// sort takes out the events an answer names, as dead letters or to wait for
// their pause, and sends the rest again at once. If it names none there is no
// telling who is at fault.
func (s *Scheduler) sort(b *batch, r reaction, retryAfter time.Duration) {
	before := len(b.events)
	throttled := s.park(b, r, retryAfter)
	dead := s.bury(b, r)
	s.holdBack(b, throttled)
	switch {
	case len(b.events) < before:
		s.gate.pass(b.epoch)
		b.failures = 0
		if dead > 0 {
			b.refusals++
		}
		s.repeat(b)
	case r.class == poison:
		s.search(b, Refused)
	default:
		s.postpone(b, transient, retryAfter)
	}
}

// repeat sends what is left of a batch again at once.
func (s *Scheduler) repeat(b *batch) {
	switch {
	case len(b.events) == 0:
		s.finish(b)
	case b.refusals >= halveAfter && len(b.events) > 1:
		s.requeue(b.split())
	default:
		s.requeue([]*batch{b})
	}
}

// search halves a batch until the event at fault stands alone, which is then a
// dead letter: at most two uploads per event.
func (s *Scheduler) search(b *batch, alone Reason) {
	if len(b.events) > 1 {
		s.requeue(b.split())
		return
	}
	s.refuse(b.events[0], alone)
	s.leave(b.events)
	s.finish(b)
}

// postpone keeps a batch for a later attempt. It keeps its slots, so the wait is
// no shorter than a window: Amplitude may have counted its events.
func (s *Scheduler) postpone(b *batch, c class, retryAfter time.Duration) {
	othersPass := s.gate.failures == 0
	s.gate.fail(c, b.epoch, s.now, retryAfter, s.cfg.Random())
	if c != transient {
		s.requeue([]*batch{b})
		return
	}
	at := s.now + window + transientLadder.full(b.failures, s.cfg.Random())
	at = max(at, s.now+retryAfter)
	b.failures++
	parts := []*batch{b}
	if b.failures >= isolateAfter && othersPass && len(b.events) > 1 {
		parts = b.split()
	}
	for _, part := range parts {
		heap.Push(&s.timers, timer{at: at, batch: part})
	}
}

func (s *Scheduler) requeue(parts []*batch) {
	for _, part := range parts {
		s.retries.push(part)
	}
}

// finish ends a batch that has become empty.
func (s *Scheduler) finish(b *batch) {
	if b.rest != nil {
		s.retries.push(b.rest)
	}
}

// settle ends an event and takes it out of its lane's flight.
func (s *Scheduler) settle(e *Event, reason Reason) {
	s.settled = append(s.settled, Settlement{
		Event: e, Reason: reason, Attempts: e.attempts, First: e.first.String(), Last: e.last.String(),
	})
	s.held--
	e.lane().flying--
	for _, p := range [2]*party{e.device, e.user} {
		if p != nil {
			p.refs--
		}
	}
}

// refuse ends an event as a dead letter. A refused event was not counted by
// Amplitude, so its slots are free at once.
func (s *Scheduler) refuse(e *Event, reason Reason) {
	s.settle(e, reason)
	s.free(e.device)
	s.free(e.user)
}

// leave lets the lanes of events that left a batch go on, once nothing of theirs
// is in flight any more.
func (s *Scheduler) leave(events []*Event) {
	var last *party
	for _, e := range events {
		lane := e.lane()
		if lane == last {
			continue
		}
		last = lane
		if lane.flying == 0 && lane.state == busy {
			lane.state = idle
			s.consider(lane)
		}
	}
}
