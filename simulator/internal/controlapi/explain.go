package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

func (h *handler) routeExplain(g *echo.Group) {
	g.GET("/explain/device", h.explain("device", func(key, id string) (control.Explanation, error) { return h.Explain(key, id, "") }))
	g.GET("/explain/user", h.explain("user", func(key, id string) (control.Explanation, error) { return h.Explain(key, "", id) }))
	g.GET("/explain/event", read(http.StatusOK, h.explainEvent, "seq"))
}

// explain makes the handler that explains how an id stands with the limits.
func (*handler) explain(what string, explain func(key, id string) (control.Explanation, error)) echo.HandlerFunc {
	return read(http.StatusOK, func(c echo.Context) (control.Explanation, error) {
		id := c.QueryParam(what)
		if id == "" {
			return control.Explanation{}, fmt.Errorf("explain a %s: name it with the parameters key and %s", what, what)
		}
		return explain(c.QueryParam("key"), id)
	}, "key", what)
}

// explainEvent explains which rule made the outcome of an event.
func (h *handler) explainEvent(c echo.Context) (control.EventExplanation, error) {
	unknown := control.EventExplanation{}
	seq, err := number(c, "seq")
	if err != nil {
		return unknown, err
	}
	if seq == 0 {
		return unknown, invalidf("explain an event: name it with the parameter seq, as the journal does")
	}
	found := h.Journal.Events(journal.Query{AnyAccount: true, Query: control.Query{After: seq - 1, Limit: 1}})
	if len(found) == 0 || found[0].Seq != seq {
		return unknown, invalidf("event %d: %w in the journal: it never was, or has been evicted or reset", seq, errUnknown)
	}
	e := h.ExplainEvent(found[0])
	e.Near = h.Near(found[0])
	return e, nil
}
