package controlapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

// errUnknown is about a thing that the path names and that is not there.
var errUnknown = errors.New("there is none of that name")

func (h *handler) routeFaults(g *echo.Group) {
	g.GET("/faults", read(http.StatusOK, func(c echo.Context) ([]control.Fault, error) {
		return h.Faults.List(c.QueryParam("key"), h.Instant()), nil
	}, "key"))
	g.PUT("/faults", change(http.StatusOK, func(c echo.Context, in []control.Fault) ([]control.Fault, error) {
		return h.Faults.Replace(c.QueryParam("key"), in, h.Instant())
	}, "key"))
	g.POST("/faults", change(http.StatusCreated, func(_ echo.Context, in control.Fault) (control.Fault, error) {
		return h.Faults.Add(in, h.Instant())
	}))
	g.DELETE("/faults", read(http.StatusNoContent, func(c echo.Context) (none, error) {
		h.Faults.Clear(c.QueryParam("key"))
		return none{}, nil
	}, "key"))
	g.DELETE("/faults/:id", read(http.StatusNoContent, func(c echo.Context) (none, error) {
		if id := inPath(c, "id"); !h.Faults.Delete(id) {
			return none{}, fmt.Errorf("fault %q: %w; GET %s/faults lists them", id, errUnknown, Prefix)
		}
		return none{}, nil
	}))
}
