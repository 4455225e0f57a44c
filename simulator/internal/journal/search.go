package journal

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Page sizes of a search.
const (
	DefaultLimit = 1000
	MaxLimit     = 10_000
)

// Query selects requests or events. Account replaces the key of the control API's
// query; an empty one with AnyAccount set selects all.
type Query struct {
	control.Query
	Account    string
	AnyAccount bool
}

// Events returns one page of events, oldest first.
func (j *Journal) Events(q Query) []control.Event {
	page := []control.Event{}
	limit := q.limit()
	j.walk(q, func(s *segment, r *request) bool {
		if r.first+uint64(r.events) <= q.After+1 {
			return true
		}
		for i := range r.events {
			e := &s.events[r.from+i]
			if r.first+uint64(i) > q.After && matches(q, s, r, e) {
				page = append(page, s.event(r, e))
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
	j.walk(q, func(s *segment, r *request) bool {
		if r.seq <= q.After || !s.holds(q, r) {
			return true
		}
		page = append(page, s.request(r))
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
// until visit returns false.
func (j *Journal) walk(q Query, visit func(*segment, *request) bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	account, known := j.byName[q.Account]
	if !known && !q.AnyAccount {
		return
	}
	for _, s := range j.segments {
		for i := range s.requests {
			r := &s.requests[i]
			switch {
			case !q.AnyAccount && r.account != account, r.seq <= j.accounts[r.account].since:
			case !q.Since.IsZero() && r.at < q.Since.UnixNano():
			case !q.Until.IsZero() && r.at >= q.Until.UnixNano():
			default:
				if !visit(s, r) {
					return
				}
			}
		}
	}
}

// holds reports whether a request has an event that a query selects, or whether
// the query does not ask for events.
func (s *segment) holds(q Query, r *request) bool {
	if q.DeviceID == "" && q.UserID == "" && q.EventType == "" && q.InsertID == "" && q.Outcome == "" {
		return true
	}
	return slices.ContainsFunc(s.events[r.from:r.from+r.events], func(e event) bool { return matches(q, s, r, &e) })
}

func matches(q Query, s *segment, r *request, e *event) bool {
	return (q.Outcome == "" || q.Outcome == e.outcome.Name()) &&
		(q.DeviceID == "" || q.DeviceID == string(s.bytesOf(r, e.device))) &&
		(q.UserID == "" || q.UserID == string(s.bytesOf(r, e.user))) &&
		(q.EventType == "" || q.EventType == string(s.bytesOf(r, e.kind))) &&
		(q.InsertID == "" || q.InsertID == string(s.bytesOf(r, e.insertID)))
}

func (s *segment) event(r *request, e *event) control.Event {
	return control.Event{
		Seq: r.first + uint64(e.index), Request: r.seq, Index: int(e.index),
		At: instant(r.at), Wall: instant(r.wall),
		APIKey: string(s.bytesOf(r, r.apiKey)), Endpoint: string(s.bytesOf(r, r.endpoint)),
		Outcome: e.outcome.Name(), Reason: e.reason.String(),
		UserID: string(s.bytesOf(r, e.user)), DeviceID: string(s.bytesOf(r, e.device)),
		EventType: string(s.bytesOf(r, e.kind)), InsertID: string(s.bytesOf(r, e.insertID)),
		Body: slices.Clone(s.bytesOf(r, e.raw)),
	}
}

func (s *segment) request(r *request) control.Request {
	req := control.Request{
		Seq: r.seq, At: instant(r.at), Wall: instant(r.wall),
		APIKey: string(s.bytesOf(r, r.apiKey)), Endpoint: string(s.bytesOf(r, r.endpoint)),
		Status: int(r.status), Reason: r.reason.String(), Events: int(r.sent), Bytes: r.bytes,
		MinIDLength: r.minID,
	}
	if answer := s.bytesOf(r, r.answer); json.Valid(answer) {
		req.Answer = slices.Clone(answer)
	}
	return req
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }
