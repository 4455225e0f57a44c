package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// rowsOfPage bounds a page, so that it is as quick with 100,000 requests as with ten.
const rowsOfPage = 100

// requestsPage is the landing page: the requests, newest first.
type requestsPage struct {
	Query    url.Values // the filters
	Outcomes []control.Outcome
	Rows     []requestRow
	Total    uint64 // requests of the scope
	Older    string // address of the next page, empty on the last
	Newest   string // address of the first page, empty on it
	Refused  string // address with only the refused requests, or with all of them again
}

// requestRow is a request in a list.
type requestRow struct {
	journal.Summary
	Why    string // in words; empty for what was accepted
	Counts []count
}

// count is how many events had an outcome.
type count struct {
	Outcome control.Outcome
	Events  int
}

func (c *Console) requests(r *http.Request) (any, error) {
	q, err := c.filter(r)
	if err != nil {
		return nil, err
	}
	q.Limit = rowsOfPage + 1
	v := r.URL.Query()
	p := requestsPage{Query: v, Total: c.Service.Journal.Count(q.Account, q.AnyAccount || q.ByKey), Refused: with(v, "refused", "1", "before")}
	if q.Refused {
		p.Refused = with(v, "refused", "", "before")
	}
	for o := range outcome.Outcome(outcome.Count) {
		p.Outcomes = append(p.Outcomes, o.Name())
	}
	p.Rows = c.rows(q)
	if len(p.Rows) > rowsOfPage {
		p.Rows = p.Rows[:rowsOfPage]
		p.Older = with(v, "before", strconv.FormatUint(p.Rows[rowsOfPage-1].Seq, 10))
	}
	if q.Before > 0 {
		p.Newest = with(v, "before", "")
	}
	return p, nil
}

// filter reads the search of the address.
func (c *Console) filter(r *http.Request) (journal.Query, error) {
	v := r.URL.Query()
	q := c.scope(v.Get("key"))
	q.DeviceID, q.UserID, q.EventType, q.Outcome = v.Get("device"), v.Get("user"), v.Get("type"), control.Outcome(v.Get("outcome"))
	q.Refused = v.Get("refused") != ""
	if q.Outcome != "" && !outcome.Known(q.Outcome) {
		return q, fmt.Errorf("%w: outcome %q is none", errInvalid, q.Outcome)
	}
	status, err := number(r, "status")
	if err != nil {
		return q, err
	}
	q.Status = int(status)
	q.Before, err = number(r, "before")
	return q, err
}

// rows lists requests, newest first.
func (c *Console) rows(q journal.Query) []requestRow {
	var rows []requestRow
	for _, s := range c.Service.Journal.Latest(q) {
		row := requestRow{Summary: s}
		if s.Reason != "" {
			row.Why, _ = c.Service.Behavior().Explain(s.Reason)
		}
		for o, n := range s.Outcomes {
			if n > 0 {
				row.Counts = append(row.Counts, count{outcome.Outcome(o).Name(), n})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// with is the address of a page with a parameter set, or without it if value is empty, and
// without some others.
func with(v url.Values, name, value string, without ...string) string {
	changed := url.Values{}
	for key, values := range v {
		if key != name && !slices.Contains(without, key) && values[0] != "" {
			changed[key] = values
		}
	}
	if value != "" {
		changed.Set(name, value)
	}
	return "?" + changed.Encode()
}
