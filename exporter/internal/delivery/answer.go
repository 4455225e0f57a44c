package delivery

import (
	"net/http"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// class is what kind of thing an answer is. From it follows what happens to the
// events of the batch that the answer does not name.
type class uint8

const (
	// success: all events are taken.
	success class = iota
	// transient: it is unknown whether the events were taken; the same is sent later.
	// 5xx, 408, no response, and a 429 that names no id.
	transient
	// throttle: some ids are too fast or over their quota; they wait, the
	// rest is sent again at once.
	throttle
	// authFailure: the key is refused; everything stops and is kept.
	authFailure
	// poison: some events will never be taken; they are dead letters, the rest is
	// sent again at once. When none is named they are searched for.
	poison
	// oversize: too much in one body; it is split.
	oversize
	// forbidden: refused by Amplitude's firewall, which does not look at the
	// events. Kept, and tried again with long waits.
	forbidden
	// foreign: not Amplitude's answer, but that of something between. It says nothing
	// about the events: they are kept, and sent again as they are.
	foreign
	// oldKey: a refusal of a key that was replaced since. Sent again at once.
	oldKey
)

// AuthFailureClass is the class of an answer that refuses the key.
const AuthFailureClass = "setup"

// SuccessClass is the class of an answer that takes all events.
const SuccessClass = "success"

// ForeignClass is the class of an answer that is not Amplitude's.
const ForeignClass = "foreign"

// ClassOf names the class of an answer to events, for logs and metrics: success, transient,
// throttle, setup, poison, oversize, forbidden, foreign or old_key.
func ClassOf(a amplitude.Answer, events []*Event) string { return classNames[classOf(a, events)] }

var classNames = [...]string{
	success: SuccessClass, transient: "transient", throttle: "throttle", authFailure: AuthFailureClass,
	poison: "poison", oversize: "oversize", forbidden: "forbidden",
	foreign: ForeignClass, oldKey: "old_key",
}

// outcome is what follows from a response.
type outcome struct {
	class class
	// dead are the reasons of the refused events, by index.
	dead map[int]Reason
	// silenced are devices whose events are refused for good.
	silenced []string
	// Throttled ids, and indexes of events that belong to one.
	throttledDevices, throttledUsers []string
	quotaDevices, quotaUsers         []string
	throttled                        []int
}

// Answer reports the answer to a batch. An answer to a batch that is not
// under way is ignored.
func (s *Scheduler) Answer(now time.Time, id uint64, a amplitude.Answer) {
	s.advance(now)
	b := s.uploads[id]
	if b == nil {
		return
	}
	delete(s.uploads, id)
	r := classify(a, b.events)
	if r.class != success {
		for i, e := range b.events {
			e.recordFailure(a.Status, r.class, r.dead[i] != "", a.Detail.Text)
		}
	}
	switch r.class {
	case success:
		s.breaker.succeed(b.epoch)
		s.accept(b)
	case throttle, poison:
		s.applyVerdict(b, r, a.RetryAfter)
	case oversize:
		s.bisect(b, Oversize)
	case foreign:
		s.retryForeign(b, a)
	case oldKey:
		s.requeue([]*batch{b})
	case transient, authFailure, forbidden:
		s.retryLater(b, r.class, a.RetryAfter)
	}
}

// classify is the one place that interprets responses. Retries, waits, dead letters and
// probes follow from what it returns.
func classify(a amplitude.Answer, events []*Event) outcome {
	r := outcome{class: classOf(a, events)}
	switch r.class {
	case poison:
		r.dead = dead(a)
		r.silenced = a.SilencedDevices
	case throttle:
	default:
		return r
	}
	// The answer for silenced devices also carries the throttled ones.
	r.throttledDevices, r.throttledUsers = a.ThrottledDevices, a.ThrottledUsers
	r.quotaDevices, r.quotaUsers = a.QuotaDevices, a.QuotaUsers
	r.throttled = a.ThrottledEvents
	return r
}

func classOf(a amplitude.Answer, events []*Event) class {
	switch status := a.Status; {
	case a.Foreign:
		return foreign
	case status == http.StatusOK:
		return success
	case status == http.StatusBadRequest && a.KeyRefused && a.OldKey:
		return oldKey
	case status == http.StatusBadRequest && a.KeyRefused:
		return authFailure
	case status == http.StatusBadRequest && namesOthers(a, events):
		return foreign
	case status == http.StatusBadRequest:
		return poison
	case status == http.StatusRequestEntityTooLarge:
		return oversize
	case status == http.StatusTooManyRequests:
		return throttle
	case status == 0, status/100 == 5, status == http.StatusRequestTimeout:
		return transient
	case status == http.StatusForbidden:
		return forbidden
	default:
		return foreign
	}
}

// namesOthers reports whether an answer names an event that the upload does not have, or
// silenced devices of which it has none. It is the answer to another upload, from a cache or
// a mixed-up connection, and no verdict on these events.
func namesOthers(a amplitude.Answer, events []*Event) bool {
	indexes := slices.Concat(a.MissingField, a.InvalidField, a.InvalidIDLength, a.InvalidID, a.Silenced, a.ThrottledEvents)
	if slices.ContainsFunc(indexes, func(i int) bool { return i < 0 || i >= len(events) }) {
		return true
	}
	return len(indexes) == 0 && len(a.SilencedDevices) > 0 &&
		!slices.ContainsFunc(events, func(e *Event) bool { return e.DeviceID != "" && slices.Contains(a.SilencedDevices, e.DeviceID) })
}

// dead maps the named indexes to reasons. An event named twice keeps the reason
// Amplitude checks first.
func dead(a amplitude.Answer) map[int]Reason {
	reasons := make(map[int]Reason)
	for _, named := range []struct {
		indexes []int
		reason  Reason
	}{
		{a.Silenced, Silenced},
		{a.InvalidID, InvalidID},
		{a.InvalidIDLength, InvalidIDLength},
		{a.InvalidField, InvalidField},
		{a.MissingField, MissingField},
	} {
		for _, i := range named.indexes {
			reasons[i] = named.reason
		}
	}
	return reasons
}
