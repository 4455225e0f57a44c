package journal

import (
	"encoding/json"
	"slices"
	"sort"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Page sizes of a search.
const (
	DefaultLimit = 1000
	MaxLimit     = 10_000
)

// Query selects requests or events. Account replaces the key of the control API's
// query; an empty one with AnyAccount set selects all. With ByKey the key is looked at
// as well. Status and Refused select requests by their answer.
type Query struct {
	control.Query
	Account    string
	AnyAccount bool
	ByKey      bool
	Status     int
	Refused    bool
	// Before is the Seq before which a search begins that goes back; 0 means the newest.
	// Skip is how many of the requests that it finds are left out.
	Before uint64
	Skip   int
}

// maxHold is how many requests and events a search looks at before it lets others,
// uploads above all, have the lock.
const maxHold = 2048

// Events returns one page of events, oldest first.
func (j *Journal) Events(q Query) []control.Event {
	page := []control.Event{}
	limit := q.limit()
	seen := func(r *request) bool { return r.first+uint64(r.events) <= q.After+1 }
	j.walk(q, seen, func(s *segment, r *request) bool {
		for i := range r.events {
			if r.first+uint64(i) > q.After && s.matches(q, r, i) {
				page = append(page, s.event(r, i))
				if len(page) == limit {
					return false
				}
			}
		}
		return true
	})
	return page
}

// Requests returns one page of requests, oldest first. A field that events have
// selects the requests that hold such an event.
func (j *Journal) Requests(q Query) []control.Request {
	page := []control.Request{}
	limit := q.limit()
	seen := func(r *request) bool { return r.seq <= q.After }
	j.walk(q, seen, func(s *segment, r *request) bool {
		if !s.holds(q, r) {
			return true
		}
		page = append(page, s.shown(r))
		return len(page) < limit
	})
	return page
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return DefaultLimit
	}
	return min(q.Limit, MaxLimit)
}

// walk visits the requests of the account and the time of a query, oldest first,
// until visit returns false. It leaves out those that earlier pages have seen,
// segment by segment, so that all pages together cost little more than one. It gives
// the lock away in between: what is recorded meanwhile is not visited, nor what is
// evicted before its turn.
func (j *Journal) walk(q Query, seen func(*request) bool, visit func(*segment, *request) bool) {
	j.mu.Lock()
	newest := j.requests
	j.mu.Unlock()
	for last, more := uint64(0), true; more; {
		last, more = j.walkOn(last, newest, q, seen, visit)
	}
}

// walkOn is walk for the requests behind last and up to newest, for as long as the
// lock may be held. It returns the request that it looked at last, and whether there
// may be more.
func (j *Journal) walkOn(
	last, newest uint64, q Query, seen func(*request) bool, visit func(*segment, *request) bool,
) (now uint64, more bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	account, known := j.byName[q.Account]
	if !known && !q.AnyAccount {
		return last, false
	}
	looked := 0
	first := sort.Search(len(j.segments), func(i int) bool { return j.segments[i].last() > last })
	for _, s := range j.segments[first:] {
		if len(s.requests) == 0 || seen(&s.requests[len(s.requests)-1]) {
			continue
		}
		for i := sort.Search(len(s.requests), func(i int) bool { return s.requests[i].seq > last }); i < len(s.requests); i++ {
			r := &s.requests[i]
			if looked >= maxHold || r.seq > newest {
				return last, r.seq <= newest
			}
			looked, last = looked+1, r.seq
			if seen(r) || !j.selects(q, account, s, r) {
				continue
			}
			looked += int(r.events)
			if !visit(s, r) {
				return last, false
			}
		}
	}
	return last, false
}

// holds reports whether a request has an event that a query selects, or whether
// the query does not ask for events.
func (s *segment) holds(q Query, r *request) bool {
	if q.DeviceID == "" && q.UserID == "" && q.EventType == "" && q.InsertID == "" && q.Outcome == "" {
		return true
	}
	for i := range r.events {
		if s.matches(q, r, i) {
			return true
		}
	}
	return false
}

// matches reports whether a query selects event i of a request.
func (s *segment) matches(q Query, r *request, i uint32) bool {
	e := &s.events[r.from+i]
	return (q.Outcome == "" || q.Outcome == s.outcomes[r.from+i].Name()) &&
		(q.DeviceID == "" || q.DeviceID == string(s.bytesOf(r, e.DeviceID))) &&
		(q.UserID == "" || q.UserID == string(s.bytesOf(r, e.UserID))) &&
		(q.EventType == "" || q.EventType == string(s.bytesOf(r, e.EventType))) &&
		(q.InsertID == "" || q.InsertID == string(s.bytesOf(r, e.InsertID)))
}

// event is event i of a request as the control API shows it.
func (s *segment) event(r *request, i uint32) control.Event {
	e := &s.events[r.from+i]
	return control.Event{
		Seq: r.first + uint64(i), Request: r.seq, Index: int(i),
		At: instant(r.at), Wall: instant(r.wall),
		APIKey: string(s.metaText(r.apiKey)), Endpoint: string(s.metaText(r.endpoint)),
		Outcome: s.outcomes[r.from+i].Name(), Reason: s.reasons[r.from+i].String(),
		UserID: string(s.bytesOf(r, e.UserID)), DeviceID: string(s.bytesOf(r, e.DeviceID)),
		EventType: string(s.bytesOf(r, e.EventType)), InsertID: string(s.bytesOf(r, e.InsertID)),
		Body: slices.Clone(s.bytesOf(r, e.Raw)),
	}
}

// shown is a request as the control API shows it.
func (s *segment) shown(r *request) control.Request {
	req := control.Request{
		Seq: r.seq, At: instant(r.at), Wall: instant(r.wall),
		APIKey: string(s.metaText(r.apiKey)), Endpoint: string(s.metaText(r.endpoint)),
		Status: int(r.status), Reason: r.reason.String(), Events: int(r.sent), Bytes: r.bytes,
		MinIDLength: r.minID, ContentEncoding: string(s.metaText(r.encoding)),
	}
	if answer := s.metaText(r.answer); json.Valid(answer) {
		req.Answer = slices.Clone(answer)
	} else {
		req.AnswerText = string(answer)
	}
	if r.identify.Len() > 0 {
		req.Identification = slices.Clone(s.metaText(r.identify))
	}
	return req
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }
