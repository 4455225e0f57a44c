package controlapi

import (
	"encoding/json"
	"iter"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/intake"
)

func (h *handler) exportEvents(c echo.Context) error {
	q, err := h.query(c)
	if err != nil {
		return err
	}
	view := h.View()
	return export(c, func(yield func(control.Event) bool) {
		for e := range h.Journal.AllEvents(q) {
			intake.ShowStored(view, &e)
			if !yield(e) {
				return
			}
		}
	})
}

func (h *handler) exportRequests(c echo.Context) error {
	q, err := h.query(c)
	if err != nil {
		return err
	}
	return export(c, h.Journal.AllRequests(q))
}

// export writes items as NDJSON, a line each, as they come.
func export[T any](c echo.Context, items iter.Seq[T]) error {
	c.Response().Header().Set(echo.HeaderContentType, "application/x-ndjson")
	c.Response().WriteHeader(http.StatusOK)
	enc := json.NewEncoder(c.Response())
	enc.SetEscapeHTML(false)
	for item := range items {
		if err := enc.Encode(item); err != nil {
			return err // the caller went away
		}
	}
	return nil
}
