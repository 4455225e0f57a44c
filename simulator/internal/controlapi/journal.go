package controlapi

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// longestWait bounds a waiting call, so that one whose caller has died ends.
const longestWait = time.Minute

// ofSearch are the query parameters of a search.
var ofSearch = []string{"key", "device", "user", "type", "insert_id", "outcome", "since", "until", "after"}

func (h *handler) routeJournal(g *echo.Group) {
	ofPage := slices.Concat(ofSearch, []string{"limit"})
	g.GET("/journal/events", read(http.StatusOK, h.events, ofPage...))
	g.GET("/journal/requests", read(http.StatusOK, func(c echo.Context) ([]control.Request, error) {
		q, err := h.query(c)
		if err != nil {
			return nil, err
		}
		return h.Journal.Requests(q), nil
	}, ofPage...))
	g.GET("/journal/export/events", export(h, h.allEvents))
	g.GET("/journal/export/requests", export(h, h.Journal.AllRequests))
	g.GET("/ledger/:key", read(http.StatusOK, h.ledger, "settled", "events", "requests", "refused", "wait"))
	g.POST("/verify", change(http.StatusOK, h.verify))
}

func (h *handler) events(c echo.Context) ([]control.Event, error) {
	q, err := h.query(c)
	if err != nil {
		return nil, err
	}
	page, normalizer := h.Journal.Events(q), h.Normalizer()
	for i := range page {
		ingestion.ShowStored(normalizer, &page[i])
	}
	return page, nil
}

// allEvents yields the events of a query, as they are stored.
func (h *handler) allEvents(q journal.Query) iter.Seq[control.Event] {
	normalizer := h.Normalizer()
	return func(yield func(control.Event) bool) {
		for e := range h.Journal.AllEvents(q) {
			ingestion.ShowStored(normalizer, &e)
			if !yield(e) {
				return
			}
		}
	}
}

// export makes a handler that writes what a search finds as NDJSON, a line each, as it
// comes.
func export[T any](h *handler, all func(journal.Query) iter.Seq[T]) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := parameters(c, ofSearch...); err != nil {
			return err
		}
		q, err := h.query(c)
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentType, "application/x-ndjson")
		c.Response().WriteHeader(http.StatusOK)
		enc := json.NewEncoder(c.Response())
		enc.SetEscapeHTML(false)
		for item := range all(q) {
			if err := enc.Encode(item); err != nil {
				return err // the caller went away
			}
		}
		return nil
	}
}

// query reads the parameters of a search. A key selects its whole project; one that was
// never created, the requests that bear it.
func (h *handler) query(c echo.Context) (journal.Query, error) {
	q := journal.Query{AnyAccount: true}
	if c.QueryParams().Has("key") {
		q = h.Scope(c.QueryParam("key"))
	}
	q.DeviceID, q.UserID, q.EventType = c.QueryParam("device"), c.QueryParam("user"), c.QueryParam("type")
	q.InsertID, q.Outcome = c.QueryParam("insert_id"), control.Outcome(c.QueryParam("outcome"))
	err := checkOutcome(q.Outcome)
	if err != nil {
		return q, err
	}
	if q.Since, err = instant(c, "since"); err != nil {
		return q, err
	}
	if q.Until, err = instant(c, "until"); err != nil {
		return q, err
	}
	if q.After, err = number(c, "after"); err != nil {
		return q, err
	}
	limit, err := number(c, "limit")
	if err != nil {
		return q, err
	}
	if limit > journal.MaxLimit {
		return q, invalidf("limit %d: want at most %d, and page with after", limit, journal.MaxLimit)
	}
	q.Limit = int(limit)
	return q, nil
}

func checkOutcome(name control.Outcome) error {
	if name != "" && !outcome.Known(name) {
		return invalidf("outcome %q: want accepted, duplicate, throttled, rejected or faulted", name)
	}
	return nil
}

// awaited is the answer of a call that waits for counts.
type awaited struct {
	control.Ledger
	Reached bool `json:"reached"`
}

// ledger answers with the counts of a key, at once or, if a wait is given, as soon
// as they have been reached.
func (h *handler) ledger(c echo.Context) (awaited, error) {
	var until control.Until
	for parameter, n := range map[string]*uint64{
		"settled": &until.Settled, "events": &until.Events, "requests": &until.Requests, "refused": &until.Refused,
	} {
		var err error
		if *n, err = number(c, parameter); err != nil {
			return awaited{}, err
		}
	}
	var wait time.Duration
	if text := c.QueryParam("wait"); text != "" {
		var err error
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > longestWait {
			return awaited{}, invalidf("wait %q: want a duration up to %s, such as 5s", text, longestWait)
		}
	}
	name := inPath(c, "key")
	account, err := h.Account(name)
	if err != nil {
		return awaited{}, err
	}
	ctx, cancel := h.bounded(c, wait)
	defer cancel()
	var answer awaited
	answer.Ledger, answer.Reached = h.Journal.Await(ctx, account, until)
	answer.APIKey = name
	return answer, nil
}

// bounded is a context that ends after a time, or with the caller or the simulator.
func (h *handler) bounded(c echo.Context, most time.Duration) (context.Context, context.CancelFunc) {
	// The server bounds how long a call may take to arrive, which it has. Not every
	// writer has deadlines.
	_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(c.Request().Context(), most)
	stop := context.AfterFunc(h.cfg.Closing, cancel)
	return ctx, func() { stop(); cancel() }
}

func instant(c echo.Context, name string) (time.Time, error) {
	text := c.QueryParam(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, invalidf("%s %q: want an instant in RFC 3339, such as 2026-01-02T15:04:05Z", name, text)
	}
	return at, nil
}

func number(c echo.Context, name string) (uint64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, invalidf("%s %q: want a number from 0 up", name, text)
	}
	return n, nil
}
