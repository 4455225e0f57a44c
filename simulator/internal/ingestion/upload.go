package ingestion

import (
	"net/http"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// answer is what a request comes to, before it is written.
type answer struct {
	status int
	reason outcome.Reason // None for a 200
	body   any            // one of the types that encode takes
}

// Upload answers an upload and records it. It waits for nothing but locks.
func (s *Service) Upload(r Request) Response {
	c := s.begin(r)
	defer s.end(c)
	c.parsed = upload.ErrInvalidJSON
	if r.Unreadable == outcome.None {
		c.parsed = c.scanner.Parse(r.Body, &c.batch)
		// A body too large or broken is put down to its key as well, if that came first.
		c.key = c.batch.Bytes(c.batch.APIKey)
		c.project, c.works = s.Keys.Find(c.now, c.key, r.Region)
	}
	return s.respond(c, judge)
}

// judge makes the answer to an upload: that of the first check that the request does not
// pass, or the one that accepts it.
func judge(s *Service, c *call) answer {
	for i := range order {
		if r := order[i].check(s, c); r != nil {
			return s.refuse(c, r)
		}
	}
	return s.accept(c)
}

// Stray answers and records a request for something that is not an endpoint, or
// with a method that it does not have, with that status.
func (s *Service) Stray(path string, status int) Response {
	const longest = 256
	c := s.begin(Request{Endpoint: &Endpoint{Path: path[:min(len(path), longest)]}})
	defer s.end(c)
	c.parsed = upload.ErrInvalidJSON
	return s.respond(c, func(*Service, *call) answer {
		if path == "/" {
			// The endpoint of old SDKs, which does not find the form that it expects.
			return answer{http.StatusBadRequest, outcome.InvalidPath, text{typeText, missingEvent}}
		}
		return answer{status, outcome.InvalidPath, amplitude.Refused{Code: status, Error: amplitude.ErrorInvalidPath}}
	})
}

// respond has a request judged, unless a fault has it fail before, and records it with
// the answer that it gets. Every request that is recorded comes this way.
func (s *Service) respond(c *call, judge func(*Service, *call) answer) Response {
	action, hit := s.matchFault(c)
	var a answer
	if !hit || action.Taken {
		a = judge(s, c)
	} else {
		c.settle(outcome.Faulted, faultReasons[action.Kind], nil)
	}
	resp := Response{At: c.now, Status: a.status}
	resp.ContentType, resp.Body = s.encode(a.body)
	if hit {
		d := action.Deliver(fault.Answer{Status: resp.Status, Body: resp.Body})
		resp.Status, resp.Body, resp.Delivery = d.Status, d.Body, &d
		if why, changed := faultReasons[action.Kind]; changed {
			a.reason = why
		}
	}
	resp.RetryAfter = s.retryAfter(c.request.Endpoint, resp.Status, a.reason)
	s.record(c, a.reason, &resp)
	return resp
}

// record counts a request and puts it into the journal.
func (s *Service) record(c *call, why outcome.Reason, resp *Response) {
	path := c.request.Endpoint.Path
	s.requests.count(path, resp.Status)
	if c.project == "" && why == outcome.InvalidAPIKey {
		s.unknownKeys.note(c.wall)
	}
	e := journal.Entry{
		Account: c.project, APIKey: c.key, At: c.now, Wall: c.wall, Endpoint: path, Status: resp.Status, Reason: why,
		Bytes: max(c.request.Unread, len(c.request.Body)), Encoding: c.request.Encoding, Answer: resp.Body, Identification: c.identification,
	}
	if c.readable() {
		e.Upload, e.Outcomes, e.Reasons = &c.batch, c.outcomes, c.reasons
	}
	s.Journal.Record(&e)
}
