package journal

import (
	"slices"
	"sort"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Summary is a request with what became of its events.
type Summary struct {
	control.Request
	Outcomes [outcome.Count]int
	// First is the first event that the query selects, without its body; zero if there is
	// none. Of a request that was turned away it is the first that was the reason.
	First control.Event
}

// Latest returns one page of requests, newest first. It looks only at those before q.Before
// if that is not 0.
func (j *Journal) Latest(q Query) []Summary {
	var page []Summary
	found, limit := 0, q.limit()
	j.walkBack(q, func(s *segment, r *request) bool {
		if s.holds(q, r) {
			if found++; found > q.Skip {
				page = append(page, s.summary(q, r))
			}
		}
		return len(page) < limit
	})
	return page
}

// Matching counts the requests of a query, and stops at most.
func (j *Journal) Matching(q Query, most int) (n int) {
	j.walkBack(q, func(s *segment, r *request) bool {
		if s.holds(q, r) {
			n++
		}
		return n < most
	})
	return n
}

func (s *segment) summary(q Query, r *request) Summary {
	sum := Summary{Request: s.shown(r)}
	for i := range r.events {
		sum.Outcomes[s.outcomes[r.from+i]]++
		cause := r.reason != outcome.None && s.reasons[r.from+i] == r.reason && sum.First.Reason != sum.Reason
		if (sum.First.Seq == 0 || cause) && s.matches(q, r, i) {
			sum.First = s.event(r, i)
			sum.First.Body = nil
		}
	}
	return sum
}

// Found is a request with its body and its events, as they were received.
type Found struct {
	Request control.Request
	Body    []byte // nil if it could not be read
	Events  []control.Event
}

// Find returns a request by its Seq, and false if the journal does not have it, or not any
// more.
func (j *Journal) Find(seq uint64) (found Found, ok bool) {
	j.walkBack(Query{AnyAccount: true, Before: seq + 1}, func(s *segment, r *request) bool {
		if r.seq != seq {
			return false
		}
		found, ok = Found{Request: s.shown(r), Body: slices.Clone(s.body(r))}, true
		for i := range r.events {
			found.Events = append(found.Events, s.event(r, i))
		}
		return false
	})
	return found, ok
}

// body is the body of a request.
func (s *segment) body(r *request) []byte { return s.text[r.base:r.end] }

// Count is how many requests of an account were recorded since its reset; with any it is
// how many of all accounts were recorded since the start.
func (j *Journal) Count(name string, all bool) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if all {
		return j.requests
	}
	return j.lookup(name).requests
}

// Flow counts the events of one second by their outcomes, and the requests.
type Flow struct {
	Requests int
	Outcomes [outcome.Count]int
}

// Flow counts what a query selects by the seconds of the real time before an instant, the
// latest first. Of a query only the account and the key count.
func (j *Journal) Flow(q Query, until time.Time, seconds int) []Flow {
	flow := make([]Flow, seconds)
	j.walkBack(q, func(s *segment, r *request) bool {
		age := int(until.Sub(time.Unix(0, r.wall)) / time.Second)
		if age < 0 || age >= seconds {
			return age < seconds
		}
		f := &flow[age]
		f.Requests++
		for _, o := range s.outcomes[r.from : r.from+r.events] {
			f.Outcomes[o]++
		}
		return true
	})
	return flow
}

// walkBack visits the requests of a query, newest first, until visit returns false. As walk
// does, it gives the lock away in between.
func (j *Journal) walkBack(q Query, visit func(*segment, *request) bool) {
	before := q.Before
	if before == 0 {
		before = ^uint64(0)
	}
	for more := true; more; {
		before, more = j.walkBackFrom(before, q, visit)
	}
}

// walkBackFrom is walkBack for as long as the lock may be held. It returns the request that
// it looked at last, and whether there may be more.
func (j *Journal) walkBackFrom(before uint64, q Query, visit func(*segment, *request) bool) (last uint64, more bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	account, known := j.byName[q.Account]
	if !known && !q.AnyAccount {
		return before, false
	}
	looked := 0
	for _, s := range slices.Backward(j.segments) {
		for i := sort.Search(len(s.requests), func(i int) bool { return s.requests[i].seq >= before }) - 1; i >= 0; i-- {
			if looked >= maxHold {
				return before, true
			}
			r := &s.requests[i]
			looked, before = looked+1, r.seq
			if !j.selects(q, account, s, r) {
				continue
			}
			looked += int(r.events)
			if !visit(s, r) {
				return before, false
			}
		}
	}
	return before, false
}

// selects reports whether a query selects a request, whatever events it holds.
func (j *Journal) selects(q Query, account uint32, s *segment, r *request) bool {
	switch {
	case !q.AnyAccount && r.account != account, r.seq <= j.accounts[r.account].since:
	case q.ByKey && string(s.metaText(r.apiKey)) != q.APIKey:
	case !q.Since.IsZero() && r.at < q.Since.UnixNano():
	case !q.Until.IsZero() && r.at >= q.Until.UnixNano():
	case q.Status != 0 && int(r.status) != q.Status:
	case q.Refused && r.status/100 == 2:
	default:
		return true
	}
	return false
}
