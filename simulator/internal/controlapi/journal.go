package controlapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// longestWait bounds a waiting call, so that a caller who died is not waited for.
const longestWait = time.Minute

func (h *handler) events(c echo.Context) error {
	q, err := h.query(c, "limit")
	if err != nil {
		return err
	}
	page, view := h.Journal.Events(q), h.View()
	for i := range page {
		intake.ShowStored(view, &page[i])
	}
	return c.JSON(http.StatusOK, page)
}

func (h *handler) requests(c echo.Context) error {
	q, err := h.query(c, "limit")
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Journal.Requests(q))
}

// query reads the parameters of a search, which are these and maybe more. A key
// selects its whole project.
func (h *handler) query(c echo.Context, more ...string) (journal.Query, error) {
	none := journal.Query{}
	known := []string{"key", "device", "user", "type", "insert_id", "outcome", "since", "until", "after"}
	err := parameters(c, append(known, more...)...)
	if err != nil {
		return none, err
	}
	q := journal.Query{AnyAccount: !c.QueryParams().Has("key"), Query: control.Query{
		APIKey: c.QueryParam("key"), DeviceID: c.QueryParam("device"), UserID: c.QueryParam("user"),
		EventType: c.QueryParam("type"), InsertID: c.QueryParam("insert_id"),
		Outcome: control.Outcome(c.QueryParam("outcome")),
	}}
	q.Account = h.Account(q.APIKey)
	if q.Outcome != "" && !outcome.Known(q.Outcome) {
		return none, fmt.Errorf("outcome %q: want accepted, duplicate, throttled, rejected or faulted", q.Outcome)
	}
	if q.Since, err = instant(c, "since"); err != nil {
		return none, err
	}
	if q.Until, err = instant(c, "until"); err != nil {
		return none, err
	}
	if q.After, err = number(c, "after"); err != nil {
		return none, err
	}
	limit, err := number(c, "limit")
	if err != nil {
		return none, err
	}
	if limit > journal.MaxLimit {
		return none, fmt.Errorf("limit %d: want at most %d, and page with after", limit, journal.MaxLimit)
	}
	q.Limit = int(limit)
	return q, nil
}

// ledger answers with the counts of a key, at once or, if a wait is given, as soon
// as they have been reached.
func (h *handler) ledger(c echo.Context) error {
	if err := parameters(c, "settled", "events", "requests", "refused", "wait"); err != nil {
		return err
	}
	name, err := inPath(c, "key")
	if err != nil {
		return err
	}
	var until control.Until
	for parameter, n := range map[string]*uint64{
		"settled": &until.Settled, "events": &until.Events, "requests": &until.Requests, "refused": &until.Refused,
	} {
		if *n, err = number(c, parameter); err != nil {
			return err
		}
	}
	ctx, cancel, err := h.patience(c)
	if err != nil {
		return err
	}
	defer cancel()
	var answer struct {
		control.Ledger
		Reached bool `json:"reached"`
	}
	answer.Ledger, answer.Reached = h.Journal.Await(ctx, h.Account(name), until)
	answer.APIKey = name
	return c.JSON(http.StatusOK, answer)
}

// patience is a context that ends with the wait, the caller or the simulator.
func (h *handler) patience(c echo.Context) (context.Context, context.CancelFunc, error) {
	var wait time.Duration
	if text := c.QueryParam("wait"); text != "" {
		var err error
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > longestWait {
			return nil, nil, fmt.Errorf("wait %q: want a duration up to %s, such as 5s", text, longestWait)
		}
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), wait)
	stop := context.AfterFunc(h.cfg.Closing, cancel)
	return ctx, func() { stop(); cancel() }, nil
}

func instant(c echo.Context, name string) (time.Time, error) {
	text := c.QueryParam(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, fmt.Errorf("%s %q: want an instant in RFC 3339, such as 2026-01-02T15:04:05Z", name, text)
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
		return 0, fmt.Errorf("%s %q: want a number from 0 up", name, text)
	}
	return n, nil
}
