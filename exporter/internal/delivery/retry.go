package delivery

import (
	"container/heap"
	"net/http"
	"slices"
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
)

func (s *Scheduler) accept(b *batch) {
	var lane *lane
	for _, e := range b.events {
		if e.lane() != lane { // once per batch and lane
			lane = e.lane()
			e.device.increase(s.cfg.PerSecond)
			e.user.increase(s.cfg.PerSecond)
		}
		s.releases.push(e.slotRelease(s.now + window))
		s.settle(e, "")
	}
	s.releaseLanes(b.events)
	for _, e := range b.events {
		s.forget(e.device)
		s.forget(e.user)
	}
	s.finish(b)
}

// resend sends what is left of a batch again at once.
func (s *Scheduler) resend(b *batch) {
	switch {
	case len(b.events) == 0:
		s.finish(b)
	case b.refusals >= halveAfter && len(b.events) > 1:
		s.requeue(b.split())
	default:
		s.requeue([]*batch{b})
	}
}

// bisect halves a batch until the event at fault is alone, which is then a dead letter:
// at most two uploads per event.
func (s *Scheduler) bisect(b *batch, alone Reason) {
	if len(b.events) > 1 {
		s.requeue(b.split())
		return
	}
	s.refuse(b.events[0], alone)
	s.releaseLanes(b.events)
	s.finish(b)
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

// retryForeign keeps a batch that did not reach Amplitude. A batch that was too large for
// a proxy is split, as long as that is possible.
func (s *Scheduler) retryForeign(b *batch, a amplitude.Answer) {
	if a.Status == http.StatusRequestEntityTooLarge && len(b.events) > 1 {
		s.requeue(b.split())
		return
	}
	s.retryLater(b, foreign, a.RetryAfter)
}

// retryLater keeps a batch for a later attempt. It keeps its slots, so the wait is no
// shorter than a window: Amplitude may have counted its events.
func (s *Scheduler) retryLater(b *batch, c class, retryAfter time.Duration) {
	othersPass := s.breaker.failures == 0
	s.breaker.fail(c, b.epoch, s.now, retryAfter, s.cfg.Random())
	if c == authFailure || c == forbidden {
		s.requeue([]*batch{b})
		return
	}
	at := s.now + window + transientBackoff.fullJitter(b.failures, s.cfg.Random())
	at = max(at, s.now+retryAfter)
	if c == foreign {
		// When the breaker opens others come first: the answer may be about this batch.
		at = max(at, s.breaker.until+window)
	}
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

// finish ends a batch that has become empty: its continuation is next.
func (s *Scheduler) finish(b *batch) {
	if b.continuation != nil {
		s.retries.push(b.continuation)
	}
}

// settle ends an event and removes it from its lane.
func (s *Scheduler) settle(e *Event, reason Reason) {
	s.settled = append(s.settled, Settlement{
		Event: e, Reason: reason, Attempts: e.attempts, First: e.first.String(), Last: e.last.String(),
	})
	s.held--
	e.lane().uploading--
	for _, p := range [2]*limiter{e.device, e.user} {
		if p != nil {
			p.refs--
		}
	}
}

// refuse ends an event as a dead letter. A refused event was not counted by
// Amplitude, so its slots are free at once.
func (s *Scheduler) refuse(e *Event, reason Reason) {
	s.settle(e, reason)
	s.releaseSlot(e.device)
	s.releaseSlot(e.user)
}

// releaseLanes lets the lanes of events that left a batch continue, once none of their
// events is in an upload.
func (s *Scheduler) releaseLanes(events []*Event) {
	var last *lane
	for _, e := range events {
		lane := e.lane()
		if lane == last {
			continue
		}
		last = lane
		if lane.uploading == 0 && lane.state == busy {
			lane.state = idle
			s.enqueue(lane)
		}
	}
}
