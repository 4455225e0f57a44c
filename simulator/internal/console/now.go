package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// nowPage is what happens at present.
type nowPage struct {
	Rates    []rate // by outcome
	Requests int    // in the last second that is over
	Chart    chart
	Clock    control.Clock
	Offset   string // how far the clock is from the real time, in words
	Next     []upcoming
	Refused  []requestRow
	State    control.State
	Faults   int
}

// rate is how many events had an outcome in the last second that is over, and in a minute.
type rate struct {
	Outcome control.Outcome
	Second  int
	Minute  int
}

// upcoming is something that happens when the clock gets there.
type upcoming struct {
	At   time.Time
	What string
	Of   string // a key, an id
}

// minute is how many seconds the chart shows.
const minute = 60

func (c *Console) now(r *http.Request) (any, error) {
	q := c.scope(r.URL.Query().Get("key"))
	s, instant := c.Service, c.Service.Instant()
	flow := s.Journal.Flow(q, instant.Real, minute+1)[1:] // the present second is not over
	p := nowPage{
		Clock: c.clock(), Offset: offset(instant.Simulated.Sub(instant.Real).Round(time.Second)), Requests: flow[0].Requests, Chart: chartOf(flow),
		State: s.State(), Faults: len(s.Faults.List(q.APIKey, instant)), Next: c.upcoming(q.APIKey),
	}
	for o := range outcome.Outcome(outcome.Count) {
		rate := rate{Outcome: o.Name(), Second: flow[0].Outcomes[o]}
		for _, second := range flow {
			rate.Minute += second.Outcomes[o]
		}
		p.Rates = append(p.Rates, rate)
	}
	q.Refused, q.Limit = true, 10
	p.Refused = c.rows(q)
	return p, nil
}

// offset says in words how far the clock is ahead.
func offset(ahead time.Duration) string {
	const day = 24 * time.Hour
	by := ahead.Abs()
	text := by.String()
	if by >= day {
		text = fmt.Sprintf("%d d %s", by/day, by%day)
	}
	switch {
	case ahead == 0:
		return "the same as the real time"
	case ahead > 0:
		return text + " ahead of the real time"
	}
	return text + " behind the real time"
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

// chart is a picture of bars in a box of 600 by 100.
type chart struct {
	Top  int // events a second that the height stands for
	Bars []bar
}

// bar is a second of a chart, with its parts from the bottom up.
type bar struct {
	X, Width float64
	Title    string
	Parts    []part
}

type part struct {
	Class     string
	Y, Height float64
}

// chartOf draws the seconds of a flow, the latest on the right.
func chartOf(flow []journal.Flow) chart {
	c := chart{Top: 1}
	for _, f := range flow {
		sum := 0
		for _, n := range f.Outcomes {
			sum += n
		}
		c.Top = max(c.Top, sum)
	}
	width := 600 / float64(len(flow))
	for age, f := range slices.Backward(flow) {
		b := bar{X: float64(len(flow)-1-age) * width, Width: width - 2, Title: title(age+1, f.Outcomes[:])}
		y := 100.0
		for o, n := range f.Outcomes {
			if n > 0 {
				height := 100 * float64(n) / float64(c.Top)
				y -= height
				b.Parts = append(b.Parts, part{"o-" + string(outcome.Outcome(o).Name()), y, height})
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// title says in words what a bar shows.
func title(age int, outcomes []int) string {
	parts := []string{strconv.Itoa(age) + " s ago:"}
	for o, n := range outcomes {
		if n > 0 {
			parts = append(parts, num(n)+" "+string(outcome.Outcome(o).Name()))
		}
	}
	return strings.Join(parts, " ")
}
