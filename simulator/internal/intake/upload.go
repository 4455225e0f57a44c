package intake

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/keys"
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
		s.finish(x)
	}
	if struck {
		x.spoil(action, parsed)
	}
	x.RetryAfter = s.advised(x)
	s.record(now, x)
}

// open parses the body of x and finds its project. It returns whether the key
// works, and what is wrong with the JSON.
func (s *Service) open(now time.Time, x *Exchange) (works bool, parsed error) {
	// A body too large or broken is put down to its key as well, if that came first.
	parsed = x.parser.Parse(x.Body, &x.upload)
	project, works := s.Keys.Find(now, x.upload.Bytes(x.upload.APIKey), x.Region)
	if x.project = project; project == "" {
		x.project = stranger(x.upload.Bytes(x.upload.APIKey))
	}
	return works, parsed
}

// stranger is the account of a key that was never created: its own, which is kept for
// ever, unless the key is longer than any that can be.
func stranger(apiKey []byte) string {
	if len(apiKey) > keys.MaxLength {
		return ""
	}
	return string(apiKey)
}

// decide is the check order: the first thing that is wrong makes the answer.
func (s *Service) decide(now time.Time, x *Exchange, parsed error, works bool) {
	switch {
	case x.Unread > 0 || x.size() > x.endpoint.MaxBytes:
		s.refuse(x, tooLarge())
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
		refused = s.invalidKey(x)
	}
	if refused == nil {
		refused = x.endpoint.rules.Events(&x.upload)
	}
	if refused != nil {
		s.refuse(x, refused)
		return
	}
	st := s.project(x.project).state()
	if s.silenced(x, st) || s.overwhelmed(now, x, st) {
		return
	}
	excess := s.take(now, x, st)
	if excess == nil {
		s.accept(now, x, st)
		return
	}
	s.throttle(x, st, excess)
	if s.choices.partial {
		s.acceptRest(now, x, st)
	}
}

// size is that of the body as far as limits and answers go.
func (x *Exchange) size() int {
	if x.Compressed > 0 {
		return x.Compressed
	}
	return len(x.Body)
}

func tooLarge() *ingest.Refusal {
	return &ingest.Refusal{
		Status: http.StatusRequestEntityTooLarge, Reason: outcome.TooLarge, Error: amplitude.ErrorPayloadTooLarge,
	}
}

func (s *Service) invalidKey(x *Exchange) *ingest.Refusal {
	if s.choices.bareKey {
		return badRequest(outcome.InvalidAPIKey, strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": "))
	}
	return badRequest(outcome.InvalidAPIKey, amplitude.ErrorInvalidAPIKey+string(x.upload.Bytes(x.upload.APIKey)))
}

func badRequest(why outcome.Reason, text string) *ingest.Refusal {
	return &ingest.Refusal{Status: http.StatusBadRequest, Reason: why, Error: text}
}

// refuse answers a request that breaks a rule. Events that the refusal does not
// name are neighbors, unless it names none: then all go down with the request.
func (s *Service) refuse(x *Exchange, r *ingest.Refusal) {
	x.Status, x.reason = r.Status, r.Reason
	x.settle(outcome.Rejected, r.Reason)
	for i := range x.reasons {
		x.reasons[i] = r.ReasonOf(i)
	}
	switch {
	case r.Status == http.StatusRequestEntityTooLarge && s.choices.tooLarge == fidelity.HTML:
		x.ContentType, x.Answer = typeHTML, append(x.Answer, tooLargePage...)
	case r.Status == http.StatusRequestEntityTooLarge && s.choices.tooLarge == fidelity.Text:
		x.ContentType, x.Answer = typeText, append(x.Answer, amplitude.ErrorPayloadTooLarge...)
	case s.choices.malformedPage && (r.Reason == outcome.MissingBody || r.Reason == outcome.InvalidJSON):
		x.ContentType, x.Answer = typeHTML, append(x.Answer, badRequestPage...)
	default:
		x.Answer = appendRefused(x.Answer, r, s.choices.firstIndex)
	}
}

// finish gives an answer its last byte.
func (s *Service) finish(x *Exchange) {
	if s.choices.noNewline && x.ContentType == "" {
		x.Answer = bytes.TrimSuffix(x.Answer, []byte("\n"))
	}
}

// accept stores what is new, and answers.
func (s *Service) accept(now time.Time, x *Exchange, st state) {
	x.Status = http.StatusOK
	x.settle(outcome.Accepted, outcome.None)
	ingested := len(x.upload.Events)
	if again := s.deduplicate(now, x, st); s.choices.subtract {
		ingested -= again
	}
	x.Answer = appendAccepted(x.Answer, ingested, x.size(), now)
}

// acceptRest stores the neighbors of throttled events.
func (s *Service) acceptRest(now time.Time, x *Exchange, st state) {
	for i := range x.upload.Events {
		if x.reasons[i] == outcome.Neighbor {
			x.outcomes[i], x.reasons[i] = outcome.Accepted, outcome.None
		}
	}
	s.deduplicate(now, x, st)
}

// deduplicate remembers the insert ids of the accepted events, marks the events
// whose ids were known, and returns their number.
func (s *Service) deduplicate(now time.Time, x *Exchange, st state) int {
	x.inserts = x.inserts[:0]
	for i := range x.upload.Events {
		id := dedup.ID(0)
		if x.outcomes[i] == outcome.Accepted {
			id = s.insertID(x, st, i)
		}
		x.inserts = append(x.inserts, id)
	}
	again := st.inserts.Add(now, x.inserts)
	for _, i := range again {
		x.outcomes[i], x.reasons[i] = outcome.Duplicate, outcome.DuplicateInsert
	}
	return len(again)
}

// insertID is what event i is known by, or 0 for an event without an insert id.
func (s *Service) insertID(x *Exchange, st state, i int) dedup.ID {
	e := &x.upload.Events[i]
	if e.InsertID.Len() == 0 {
		return 0
	}
	var device throttle.Key
	switch {
	case e.DeviceID.Present():
		device = x.demands[i].Device
	case s.choices.dedupByUser:
		device = x.demands[i].User
	}
	return st.inserts.ID(uint64(device), x.upload.Bytes(e.InsertID))
}

func (s *Service) record(now time.Time, x *Exchange) {
	s.tally.count(x.endpoint.Path, x.Status)
	e := journal.Entry{
		Account: x.project, APIKey: x.upload.Bytes(x.upload.APIKey), At: now, Wall: s.Clock.Wall(), Endpoint: x.endpoint.Path,
		Status: x.Status, Reason: x.reason, Bytes: max(x.Unread, len(x.Body)), Answer: x.Answer,
	}
	e.Identification = x.identification
	if x.readable {
		e.Upload, e.Outcomes, e.Reasons = &x.upload, x.outcomes, x.reasons
	}
	if s.Journal.Record(&e) {
		x.Body, x.outcomes, x.reasons = x.upload.Text, e.Outcomes, e.Reasons
	}
}

// Stray answers and records a request for something that is not an endpoint, or
// with a method that it does not have, with that status.
func (s *Service) Stray(path string, status int, x *Exchange) {
	now := s.Clock.Now()
	const longest = 256
	x.endpoint = &Endpoint{Path: path[:min(len(path), longest)]}
	if path == "/" {
		// The endpoint of old SDKs, which does not find the form that it expects.
		x.text(http.StatusBadRequest, outcome.InvalidPath, typeText, missingEvent)
	} else {
		s.refuse(x, &ingest.Refusal{Status: status, Reason: outcome.InvalidPath, Error: amplitude.ErrorInvalidPath})
	}
	s.finish(x)
	s.record(now, x)
}

// Refuse answers and records a request whose body could not be taken as JSON at
// all, because of its content type or encoding.
func (s *Service) Refuse(ep *Endpoint, x *Exchange, why outcome.Reason) {
	now := s.Clock.Now()
	x.endpoint = ep
	s.refuse(x, badRequest(why, amplitude.ErrorInvalidJSON))
	s.finish(x)
	s.record(now, x)
}
