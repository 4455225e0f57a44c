package controlapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fault"
)

// errUnknown is about a thing that the path names and that is not there.
var errUnknown = errors.New("there is none of that name")

func (h *handler) routeFaults(g *echo.Group) {
	g.GET("/faults", h.listFaults)
	g.PUT("/faults", h.replaceFaults)
	g.POST("/faults", h.addFault)
	g.DELETE("/faults", h.clearFaults)
	g.DELETE("/faults/:id", h.deleteFault)
}

func (h *handler) listFaults(c echo.Context) error {
	if err := parameters(c, "key"); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Faults.List(c.QueryParam("key"), h.now()))
}

func (h *handler) replaceFaults(c echo.Context) error {
	var in []control.Fault
	if err := input(c, &in, "key"); err != nil {
		return err
	}
	made, err := h.Faults.Replace(c.QueryParam("key"), in, h.now())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, made)
}

func (h *handler) addFault(c echo.Context) error {
	var in control.Fault
	if err := input(c, &in); err != nil {
		return err
	}
	made, err := h.Faults.Add(in, h.now())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (h *handler) clearFaults(c echo.Context) error {
	if err := parameters(c, "key"); err != nil {
		return err
	}
	h.Faults.Clear(c.QueryParam("key"))
	return c.NoContent(http.StatusNoContent)
}

func (h *handler) deleteFault(c echo.Context) error {
	return removed(c, "id", func(id string) error {
		if !h.Faults.Delete(id) {
			return fmt.Errorf("fault %q: %w; GET %s/faults lists them", id, errUnknown, Prefix)
		}
		return nil
	})
}

// now is the time for the plan of faults.
func (h *handler) now() fault.Now {
	return fault.Now{Simulated: h.Clock.Now(), Real: h.Clock.Wall()}
}
