package ingestion

import (
	"time"

	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// faultSeed is the source of the seeds of faults that come without one. It is the
// same in every run, so that a test which sets the same faults gets the same results.
const faultSeed = 1

// matchFault returns what the plan of faults does to a request. The journal records what happened: the
// events of a request that was taken have the outcome they came to, whatever the
// client was told; those of one that was not are faulted; and the status and the
// answer are what was sent, with status 0 for no answer at all.
func (s *Service) matchFault(c *call) (fault.Action, bool) {
	if s.Faults.Empty() {
		return fault.Action{}, false
	}
	request := fault.Request{APIKey: string(c.key), Endpoint: c.request.Endpoint.Path}
	if c.readable() {
		request.Batch = batch{&c.batch}
	}
	return s.Faults.Decide(request, fault.Now{Simulated: c.now, Real: c.wall})
}

// Unrecorded returns how the answer to a request goes out that is in no journal. The
// answer is not made if a fault has the request fail before there is one.
func (s *Service) Unrecorded(path string, answer func(now time.Time) fault.Answer) fault.Delivery {
	now := s.Instant()
	action, hit := s.Faults.Decide(fault.Request{Endpoint: path}, now)
	var original fault.Answer
	if !hit || action.Taken {
		original = answer(now.Simulated)
	}
	return action.Deliver(original)
}

// faultReasons are the reasons of the faults that change the answer. The others
// only delay it.
var faultReasons = map[fault.Kind]outcome.Reason{
	fault.Status: outcome.FaultStatus, fault.ServerError: outcome.FaultServerError, fault.WAF: outcome.FaultWAF,
	fault.Reset: outcome.FaultReset, fault.EmptyReply: outcome.FaultEmptyReply,
	fault.Truncate: outcome.FaultTruncate, fault.Garbage: outcome.FaultGarbage,
}

// batch lets faults be aimed at the events of an upload.
type batch struct{ *upload.Batch }

var _ fault.Batch = batch{}

func (b batch) HasDevice(id string) bool {
	return b.has(id, func(e *upload.Event) upload.Span { return e.DeviceID })
}

func (b batch) HasEventType(name string) bool {
	return b.has(name, func(e *upload.Event) upload.Span { return e.EventType })
}

func (b batch) has(text string, field func(*upload.Event) upload.Span) bool {
	for i := range b.Events {
		if s := field(&b.Events[i]); s.Present() && string(b.Bytes(s)) == text {
			return true
		}
	}
	return false
}
