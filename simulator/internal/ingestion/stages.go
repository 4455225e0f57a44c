package ingestion

import (
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// stage is one check of an upload. It returns nil if the upload passes.
type stage struct {
	name  string
	check func(*Service, *call) *refusal
}

// order is the check order: the first check that a request does not pass makes the answer.
var order = []stage{
	{"content type and encoding", checkEncoding},
	{"size", checkSize},
	{"syntax", checkSyntax},
	{"api_key and events are there", checkMembers},
	{"api_key is valid", checkKey},
	{"fields of the events", checkFields},
	{"silenced devices", checkSilenced},
	{"limits of the project", checkProjectLimits},
	{"limits of devices and users", checkLimits},
}

// refusal is the answer to a request that does not pass a check, and what becomes of its
// events.
type refusal struct {
	answer

	outcome outcome.Outcome
	// reasonOf is why event i was refused; nil means the reason of the request. An event
	// that is refused for the sake of others has the reason Neighbor.
	reasonOf func(i int) outcome.Reason
	// partial reports whether neighbors are accepted nevertheless.
	partial bool
}

func checkEncoding(s *Service, c *call) *refusal {
	if c.request.Unreadable == outcome.None {
		return nil
	}
	return s.malformed(c.request.Unreadable, amplitude.ErrorInvalidJSON)
}

func checkSize(s *Service, c *call) *refusal {
	if !c.request.tooLarge() {
		return nil
	}
	return s.tooLarge()
}

func checkSyntax(s *Service, c *call) *refusal {
	switch {
	case len(c.request.Body) == 0:
		return s.malformed(outcome.MissingBody, amplitude.ErrorMissingBody)
	case c.parsed != nil:
		return s.malformed(outcome.InvalidJSON, amplitude.ErrorInvalidJSON)
	}
	return nil
}

func checkMembers(s *Service, c *call) *refusal {
	return s.rejected(c.request.Endpoint.rules.Request(&c.batch))
}

// checkKey finds the project of a key that is valid.
func checkKey(s *Service, c *call) *refusal {
	if c.works {
		c.state = s.project(c.project).state()
		return nil
	}
	text := amplitude.ErrorInvalidAPIKey + string(c.key)
	if s.switches.bareKey {
		text = strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": ")
	}
	return s.rejected(&upload.Rejection{Status: http.StatusBadRequest, Reason: outcome.InvalidAPIKey, Error: text})
}

func checkFields(s *Service, c *call) *refusal {
	return s.rejected(c.request.Endpoint.rules.Events(&c.batch))
}

func (s *Service) tooLarge() *refusal {
	return s.rejected(&upload.Rejection{
		Status: http.StatusRequestEntityTooLarge, Reason: outcome.TooLarge, Error: amplitude.ErrorPayloadTooLarge,
	})
}

// malformed refuses a request that is no JSON.
func (s *Service) malformed(why outcome.Reason, about string) *refusal {
	r := s.rejected(&upload.Rejection{Status: http.StatusBadRequest, Reason: why, Error: about})
	if s.switches.malformedPage && (why == outcome.MissingBody || why == outcome.InvalidJSON) {
		r.body = text{typeHTML, badRequestPage}
	}
	return r
}

// rejected refuses a request that breaks a rule; nil refuses nothing. Events that the
// rejection does not name are neighbors, unless it names none: then all go down with the
// request.
func (s *Service) rejected(r *upload.Rejection) *refusal {
	if r == nil {
		return nil
	}
	refused := &refusal{answer: answer{r.Status, r.Reason, s.refusedBody(r)}, outcome: outcome.Rejected, reasonOf: r.ReasonOf}
	if r.Status == http.StatusRequestEntityTooLarge {
		switch s.switches.tooLarge {
		case fidelity.HTML:
			refused.body = text{typeHTML, tooLargePage}
		case fidelity.Text:
			refused.body = text{typeText, amplitude.ErrorPayloadTooLarge}
		}
	}
	return refused
}

// refusedBody is the body that names what a rejection is about.
func (s *Service) refusedBody(r *upload.Rejection) amplitude.Refused {
	body := amplitude.Refused{Code: r.Status, Error: r.Error, MissingField: r.Missing}
	for _, part := range append([]*upload.Rejection{r}, r.More...) {
		fields := map[string][]int{}
		for _, f := range part.Fields {
			fields[f.Field] = f.Events
			if s.switches.firstIndex {
				fields[f.Field] = f.Events[:1]
			}
		}
		switch part.Map {
		case upload.MissingFieldsMap:
			body.EventsWithMissingFields = fields
		case upload.InvalidFieldsMap:
			body.EventsWithInvalidFields = fields
		case upload.InvalidLengthsMap:
			body.EventsWithInvalidIDLengths = fields
		case upload.InvalidIDsMap:
			body.EventsWithInvalidIDs = fields
		}
	}
	return body
}

// refuse settles the events of a request that did not pass a check.
func (s *Service) refuse(c *call, r *refusal) answer {
	c.settle(r.outcome, r.reason, r.reasonOf)
	if r.partial {
		s.acceptRest(c)
	}
	return r.answer
}
