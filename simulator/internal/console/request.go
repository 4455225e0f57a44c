package console

import (
	"fmt"
	"net/http"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

// Bounds of the page of a request.
const (
	maxEvents = 200 // that are listed
	maxNearOf = 5   // events whose near misses are looked for
)

// requestPage is one request with everything that is known of it.
type requestPage struct {
	journal.Found
	Rule   control.Rule
	Events []control.EventExplanation
	More   int // events that are not listed
}

func (c *Console) request(r *http.Request) (any, error) {
	seq, err := number("request", r.PathValue("seq"))
	if err != nil {
		return nil, err
	}
	found, ok := c.Service.Journal.Find(seq)
	if !ok {
		return nil, fmt.Errorf("%w request %d in the journal: it never was, or has been evicted or reset", errMissing, seq)
	}
	p := requestPage{Found: found}
	if found.Request.Reason != "" {
		p.Rule = c.Service.Rule(found.Request.Reason)
	}
	listed := found.Events[:min(len(found.Events), maxEvents)]
	p.More = len(found.Events) - len(listed)
	near := 0
	for _, e := range listed {
		explained := c.Service.ExplainEvent(e)
		if e.Outcome != control.Accepted && near < maxNearOf {
			near++
			explained.Near = c.Service.Near(e)
		}
		p.Events = append(p.Events, explained)
	}
	return p, nil
}
