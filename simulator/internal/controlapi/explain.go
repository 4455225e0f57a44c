package controlapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

func (h *handler) explainDevice(c echo.Context) error { return h.explain(c, "device") }

func (h *handler) explainUser(c echo.Context) error { return h.explain(c, "user") }

// explain tells how an id stands with the limits.
func (h *handler) explain(c echo.Context, what string) error {
	if err := parameters(c, "key", what); err != nil {
		return err
	}
	id := c.QueryParam(what)
	if id == "" {
		return fmt.Errorf("explain a %s: name it with the parameters key and %s", what, what)
	}
	device, user := id, ""
	if what == "user" {
		device, user = "", id
	}
	e, err := h.Explain(c.QueryParam("key"), device, user)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, e)
}

// explainEvent tells which rule made the outcome of an event.
func (h *handler) explainEvent(c echo.Context) error {
	if err := parameters(c, "seq"); err != nil {
		return err
	}
	seq, err := number(c, "seq")
	if err != nil {
		return err
	}
	if seq == 0 {
		return errors.New("explain an event: name it with the parameter seq, as the journal does")
	}
	found := h.Journal.Events(journal.Query{AnyAccount: true, Query: control.Query{After: seq - 1, Limit: 1}})
	if len(found) == 0 || found[0].Seq != seq {
		return fmt.Errorf("event %d: %w in the journal: it never was, or has been evicted or reset", seq, errUnknown)
	}
	e := control.EventExplanation{Event: found[0]}
	intake.ShowStored(h.View(), &e.Event)
	text, row := h.Behavior().Ruling(e.Event.Reason)
	e.Rule = control.Rule{
		Reason: e.Event.Reason, Text: text, Behavior: row.Name, Set: row.Set, Source: row.Source, Confirmed: row.Confirmed,
	}
	return c.JSON(http.StatusOK, e)
}

func (h *handler) state(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.State())
}
