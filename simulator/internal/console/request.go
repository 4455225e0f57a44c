package console

import (
	"fmt"
	"iter"
	"net/http"
	"strconv"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/verify"
)

// Bounds of the page of a request.
const (
	maxEvents   = 200    // that are listed
	maxNearOf   = 5      // events whose near misses are looked for
	nearOfRange = 10_000 // events before and after that are looked at for it
)

// requestPage is one request with everything that is known of it.
type requestPage struct {
	journal.Found
	Why    string
	Row    fidelity.Row
	Answer []byte
	Events []eventView
	More   int // events that are not listed
}

// eventView is an event with the rule that made its outcome.
type eventView struct {
	control.Event
	Why  string
	Row  fidelity.Row
	Near []control.NearMiss
}

func (c *Console) request(r *http.Request) (any, error) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 63)
	if err != nil {
		return nil, fmt.Errorf("%w: request %q is not a number", errInvalid, r.PathValue("seq"))
	}
	found, ok := c.Service.Journal.Find(seq)
	if !ok {
		return nil, fmt.Errorf("%w request %d in the journal: it never was, or has been evicted or reset", errMissing, seq)
	}
	p := requestPage{Found: found, Answer: found.Request.Answer}
	if p.Answer == nil {
		p.Answer = []byte(found.Request.AnswerText)
	}
	if p.Body == nil || len(found.Body) == 0 {
		p.Body = found.Request.Identification
	}
	if found.Request.Reason != "" {
		p.Why, p.Row = c.Service.Behavior().Explain(found.Request.Reason)
	}
	near := 0
	for i, e := range found.Events {
		if i == maxEvents {
			p.More = len(found.Events) - maxEvents
			break
		}
		ingestion.ShowStored(c.Service.Normalizer(), &e)
		view := eventView{Event: e}
		view.Why, view.Row = c.Service.Behavior().Explain(e.Reason)
		if e.Outcome != control.Accepted && near < maxNearOf {
			near++
			view.Near = c.near(e)
		}
		p.Events = append(p.Events, view)
	}
	return p, nil
}

// near finds the accepted events that come closest to one that was not.
func (c *Console) near(e control.Event) []control.NearMiss {
	// With its outcome, in which all of them differ, an equal event is a near miss, too: that
	// of which a duplicate is one.
	match := control.Match{DeviceID: e.DeviceID, UserID: e.UserID, EventType: e.EventType, InsertID: e.InsertID, Outcome: e.Outcome}
	return verify.Near(match, c.accepted(e))
}

// accepted yields the accepted events around an event, of its project.
func (c *Console) accepted(of control.Event) iter.Seq[control.Event] {
	q := c.scope(of.APIKey)
	q.Outcome, q.Limit = control.Accepted, 1000
	if of.Seq > nearOfRange {
		q.After = of.Seq - nearOfRange
	}
	return func(yield func(control.Event) bool) {
		for e := range c.Service.Journal.AllEvents(q) {
			if e.Seq > of.Seq+nearOfRange || !yield(e) {
				return
			}
		}
	}
}
