package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeBraze(g *echo.Group) {
	g.PUT("/braze/workspaces/:name", h.defineWorkspace)
	g.DELETE("/braze/workspaces/:name", func(c echo.Context) error { return removed(c, "name", h.cfg.Braze.Delete) })
	g.GET("/braze/cohorts", h.brazeCohorts)
	g.GET("/braze/requests", h.brazeRequests)
}

func (h *handler) defineWorkspace(c echo.Context) error {
	name, err := inPath(c, "name")
	if err != nil {
		return err
	}
	var in control.BrazeWorkspace
	if err := input(c, &in); err != nil {
		return err
	}
	if in.Name != "" && in.Name != name {
		return fmt.Errorf("workspace %q: the body says it is %q", name, in.Name)
	}
	in.Name = name
	if err := h.cfg.Braze.Define(in); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h *handler) brazeCohorts(c echo.Context) error {
	if err := parameters(c, "workspace"); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.cfg.Braze.Cohorts(c.QueryParam("workspace")))
}

func (h *handler) brazeRequests(c echo.Context) error {
	if err := parameters(c, "workspace"); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.cfg.Braze.Requests(c.QueryParam("workspace")))
}
