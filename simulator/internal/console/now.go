package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// nowPage is what happens at present.
type nowPage struct {
	Second  journal.Flow // the last one that is over
	Minute  [outcome.Count]int
	Chart   chart
	Wall    time.Time // the real time
	Next    []upcoming
	Refused []requestRow
	State   control.State
	Faults  int
}

// upcoming is something that happens when the clock gets there.
type upcoming struct {
	At   time.Time
	What string
	Of   string // a key, an id
}

func (c *Console) now(r *http.Request) (any, error) {
	q, s := c.scope(r), c.Service
	instant := s.Instant()
	const minute = 60
	flow := s.Journal.Flow(q, instant.Real, minute)
	p := nowPage{
		Second: flow[1], Wall: instant.Real, State: s.State(), Faults: len(s.Faults.List(q.APIKey, instant)), Next: c.upcoming(q.APIKey),
	}
	var seconds [][outcome.Count]int
	for _, second := range slices.Backward(flow) {
		seconds = append(seconds, second.Outcomes)
		for o, n := range second.Outcomes {
			p.Minute[o] += n
		}
	}
	p.Chart = newChart(seconds, 0)
	q.Refused, q.Limit = true, 10
	p.Refused = c.rows(q)
	return p, nil
}

// upcoming lists what the clock will bring next, the first ten.
func (c *Console) upcoming(key string) []upcoming {
	now := c.Service.Instant()
	var next []upcoming
	add := func(at *time.Time, what, of string) {
		if at != nil && at.After(now.Simulated) {
			next = append(next, upcoming{*at, what, of})
		}
	}
	for _, k := range c.Service.Keys.List() {
		if key == "" || k.APIKey == key {
			add(k.NotBefore, "key begins to work", k.APIKey)
			add(k.ExpiresAt, "key expires", k.APIKey)
		}
	}
	for _, f := range c.Service.Faults.List(key, now) {
		add(&f.ExpiresAt, "fault ends", f.ID)
	}
	for _, of := range c.Cohorts.List(key) {
		if of.Status != nil {
			add(of.Status.NextAt, "cohort is synced", of.ID)
		}
	}
	slices.SortFunc(next, func(a, b upcoming) int { return a.At.Compare(b.At) })
	return next[:min(len(next), 10)]
}
