package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Bounds of the list of requests. A page has the rows around the window, and room for the
// others: it is as quick with 100,000 requests as with ten.
const (
	maxRows  = 150
	maxFound = 200_000 // browsers bound the height of a page
)

// requestsPage is the landing page: the requests, newest first.
type requestsPage struct {
	Query        url.Values // the filters
	Rows         []requestRow
	Found        int // requests that match, as far as they are counted
	More         bool
	Above, Below int // of them, how many are not in the page
	Newer        int // how many have come since the reader left the top
	Throttled    []subject
}

// requestRow is a request in a list.
type requestRow struct {
	journal.Summary
	Why string // in words; empty for what was accepted
}

func (c *Console) requests(r *http.Request) (any, error) {
	if r.URL.Path != Prefix+"/" {
		return nil, fmt.Errorf("%w page %s", errMissing, r.URL.Path)
	}
	q, err := c.filter(r)
	if err != nil {
		return nil, err
	}
	p := requestsPage{Query: r.URL.Query(), Found: c.Service.Journal.Matching(q, maxFound)}
	p.More = p.Found == maxFound
	q.Skip = min(q.Skip, max(0, p.Found-1))
	p.Rows, p.Above = c.rows(q), q.Skip
	p.Below = max(0, p.Found-p.Above-len(p.Rows))
	p.Throttled = c.throttledNow(r)
	if q.Before > 0 {
		q.Before = 0
		p.Newer = c.Service.Journal.Matching(q, maxFound) - p.Found
	}
	return p, nil
}

// filter reads the search of the address.
func (c *Console) filter(r *http.Request) (journal.Query, error) {
	v, q := r.URL.Query(), c.scope(r)
	q.DeviceID, q.UserID, q.EventType, q.Outcome = v.Get("device"), v.Get("user"), v.Get("type"), control.Outcome(v.Get("outcome"))
	q.Refused, q.Limit = v.Get("refused") != "", maxRows
	if q.Outcome != "" && !outcome.Known(q.Outcome) {
		return q, fmt.Errorf("%w: outcome %q is none", errInvalid, q.Outcome)
	}
	status, wrongStatus := number("status", v.Get("status"))
	before, wrongBefore := number("before", v.Get("before"))
	skip, wrongSkip := number("skip", v.Get("skip"))
	q.Status, q.Before, q.Skip = int(status), before, int(skip)
	return q, cmp.Or(wrongStatus, wrongBefore, wrongSkip)
}

// rows lists requests, newest first.
func (c *Console) rows(q journal.Query) []requestRow {
	var rows []requestRow
	for _, s := range c.Service.Journal.Latest(q) {
		row := requestRow{Summary: s}
		if s.Reason != "" {
			row.Why = c.Service.Rule(s.Reason).Text
		}
		rows = append(rows, row)
	}
	return rows
}
