package intake

import (
	"time"

	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// faultSeed is the source of the seeds of faults that come without one. It is the
// same in every run, so that a test which sets the same faults meets the same fate.
const faultSeed = 1

// strike asks the plan of faults what happens to an upload.
func (s *Service) strike(now time.Time, x *Exchange, parsed error) (fault.Action, bool) {
	if s.Faults.Empty() {
		return fault.Action{}, false
	}
	request := fault.Request{APIKey: string(x.upload.Bytes(x.upload.APIKey)), Endpoint: x.endpoint.Path}
	if x.intact(parsed) {
		request.Batch = batch{&x.upload}
	}
	return s.Faults.Decide(request, fault.Now{Simulated: now, Real: s.Clock.Wall()})
}

// intact reports whether the whole body was read and is JSON.
func (x *Exchange) intact(parsed error) bool {
	return parsed == nil && x.Unread == 0 && len(x.Body) > 0 && len(x.Body) <= x.endpoint.MaxBytes
}

// spoil changes the answer as a fault wants it. The journal tells the truth: the
// events of a request that was taken have the outcome they came to, whatever the
// client was told; those of one that was not are faulted; and the status and the
// answer are what was sent, with status 0 for no answer at all.
func (x *Exchange) spoil(action fault.Action, parsed error) {
	why, changed := faultReasons[action.Kind]
	if !action.Taken {
		x.readable = x.intact(parsed)
		x.settle(outcome.Faulted, why)
	}
	d := action.Deliver(fault.Answer{Status: x.Status, Body: x.Answer})
	if changed {
		x.reason = why
	}
	// A copy: the body may belong to the rule, and x is reused.
	x.Answer = append(x.Answer[:0], d.Body...)
	d.Body = x.Answer
	x.Delivery, x.Status = &d, d.Status
}

// faultReasons are the reasons of the faults that change the answer. The others
// only delay it.
var faultReasons = map[fault.Kind]outcome.Reason{
	fault.Status: outcome.FaultStatus, fault.ServerError: outcome.FaultServerError, fault.WAF: outcome.FaultWAF,
	fault.Reset: outcome.FaultReset, fault.EmptyReply: outcome.FaultEmptyReply,
	fault.Truncate: outcome.FaultTruncate, fault.Garbage: outcome.FaultGarbage,
}

// batch lets faults be aimed at the events of an upload.
type batch struct{ *ingest.Upload }

var _ fault.Batch = batch{}

func (b batch) HasDevice(id string) bool {
	return b.has(id, func(e *ingest.Event) ingest.Span { return e.DeviceID })
}

func (b batch) HasEventType(name string) bool {
	return b.has(name, func(e *ingest.Event) ingest.Span { return e.EventType })
}

func (b batch) has(text string, field func(*ingest.Event) ingest.Span) bool {
	for i := range b.Events {
		if s := field(&b.Events[i]); s.Present() && string(b.Bytes(s)) == text {
			return true
		}
	}
	return false
}
