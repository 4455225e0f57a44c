package intake

import (
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Upload judges the body of x, records it and puts the answer into x.
func (s *Service) Upload(ep *Endpoint, x *Exchange) {
	now := s.Clock.Now()
	x.endpoint = ep
	works, parsed := s.open(now, x)
	action, struck := s.strike(now, x, parsed)
	if !struck || action.Taken {
		s.decide(now, x, parsed, works)
	}
	if struck {
		x.spoil(action, parsed)
	}
	s.record(now, x)
}

// open parses the body of x and finds its project. It returns whether the key
// works, and what is wrong with the JSON.
func (s *Service) open(now time.Time, x *Exchange) (works bool, parsed error) {
	// A body too large or broken is put down to its key as well, if that came first.
	parsed = x.parser.Parse(x.Body, &x.upload)
	project, works := s.Keys.Find(now, x.upload.Bytes(x.upload.APIKey), x.Region)
	if x.project = project; project == "" {
		x.project = string(x.upload.Bytes(x.upload.APIKey))
	}
	return works, parsed
}

// decide is the check order: the first thing that is wrong makes the answer.
func (s *Service) decide(now time.Time, x *Exchange, parsed error, works bool) {
	switch {
	case x.Unread > 0 || len(x.Body) > x.endpoint.MaxBytes:
		s.refuse(x, &ingest.Refusal{
			Status: http.StatusRequestEntityTooLarge, Reason: outcome.TooLarge, Error: amplitude.ErrorPayloadTooLarge,
		})
		return
	case len(x.Body) == 0:
		s.refuse(x, badRequest(outcome.MissingBody, amplitude.ErrorMissingBody))
		return
	case parsed != nil:
		s.refuse(x, badRequest(outcome.InvalidJSON, amplitude.ErrorInvalidJSON))
		return
	}
	x.readable = true
	refused := x.endpoint.rules.Request(&x.upload)
	if refused == nil && !works {
		refused = badRequest(outcome.InvalidAPIKey, amplitude.ErrorInvalidAPIKey+string(x.upload.Bytes(x.upload.APIKey)))
	}
	if refused == nil {
		refused = x.endpoint.rules.Events(&x.upload)
	}
	if refused != nil {
		s.refuse(x, refused)
		return
	}
	st := s.project(x.project).state()
	if s.silenced(x, st) || s.throttled(now, x, st) {
		return
	}
	s.accept(now, x, st)
}

func badRequest(why outcome.Reason, text string) *ingest.Refusal {
	return &ingest.Refusal{Status: http.StatusBadRequest, Reason: why, Error: text}
}

// refuse answers a request that breaks a rule. Events that the refusal does not
// name are neighbors, unless it names none: then all go down with the request.
func (s *Service) refuse(x *Exchange, r *ingest.Refusal) {
	x.Status, x.reason = r.Status, r.Reason
	x.settle(outcome.Rejected, r.Reason)
	if len(r.Fields) > 0 {
		for i := range x.reasons {
			if !r.Names(i) {
				x.reasons[i] = outcome.Neighbor
			}
		}
	}
	if r.Status == http.StatusRequestEntityTooLarge && s.behavior.Is(fidelity.TooLargeAnswer, "html") {
		x.HTML, x.Answer = true, append(x.Answer, tooLargePage...)
		return
	}
	x.Answer = appendRefused(x.Answer, r, s.behavior.Is(fidelity.ErrorIndexes, "first"))
}

// accept stores what is new. All events of the request count as ingested.
func (s *Service) accept(now time.Time, x *Exchange, st state) {
	x.Status = http.StatusOK
	x.settle(outcome.Accepted, outcome.None)
	perDevice := s.behavior.Is(fidelity.DedupWithoutDevice, "user")
	for i := range x.upload.Events {
		e := &x.upload.Events[i]
		if e.InsertID.Len() == 0 {
			continue
		}
		var device throttle.Key
		switch {
		case e.DeviceID.Present():
			device = x.demands[i].Device
		case perDevice:
			device = x.demands[i].User
		}
		if !st.inserts.Add(now, uint64(device), x.upload.Bytes(e.InsertID)) {
			x.outcomes[i], x.reasons[i] = outcome.Duplicate, outcome.DuplicateInsert
		}
	}
	x.Answer = appendAccepted(x.Answer, len(x.upload.Events), x.upload.BodyLen, now)
}

func (s *Service) record(now time.Time, x *Exchange) {
	e := journal.Entry{
		Account: x.project, APIKey: x.upload.Bytes(x.upload.APIKey), At: now, Wall: s.Clock.Wall(), Endpoint: x.endpoint.Path,
		Status: x.Status, Reason: x.reason, Bytes: max(x.Unread, len(x.Body)), Answer: x.Answer,
	}
	if x.readable {
		e.Upload, e.Outcomes, e.Reasons = &x.upload, x.outcomes, x.reasons
	}
	if s.Journal.Record(&e) {
		x.Body, x.outcomes, x.reasons = x.upload.Text, e.Outcomes, e.Reasons
	}
}

// Stray answers and records a request for something that is not an endpoint.
func (s *Service) Stray(path string, x *Exchange) {
	now := s.Clock.Now()
	const longest = 256
	x.endpoint = &Endpoint{Path: path[:min(len(path), longest)]}
	s.refuse(x, badRequest(outcome.InvalidPath, amplitude.ErrorInvalidPath))
	s.record(now, x)
}

// Refuse answers and records a request whose body could not be taken as JSON at
// all, because of its content type or encoding.
func (s *Service) Refuse(ep *Endpoint, x *Exchange, why outcome.Reason) {
	now := s.Clock.Now()
	x.endpoint = ep
	s.refuse(x, badRequest(why, amplitude.ErrorInvalidJSON))
	s.record(now, x)
}
