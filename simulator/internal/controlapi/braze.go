package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeBraze(g *echo.Group) {
	g.PUT("/braze/workspaces/:name", change(http.StatusNoContent, h.defineWorkspace))
	g.DELETE("/braze/workspaces/:name", read(http.StatusNoContent, func(c echo.Context) (none, error) {
		return none{}, h.cfg.Braze.Delete(inPath(c, "name"))
	}))
	g.GET("/braze/cohorts", read(http.StatusOK, func(c echo.Context) ([]control.BrazeCohort, error) {
		return h.cfg.Braze.Cohorts(c.QueryParam("workspace")), nil
	}, "workspace"))
	g.GET("/braze/requests", read(http.StatusOK, func(c echo.Context) ([]control.BrazeRequest, error) {
		return h.cfg.Braze.Requests(c.QueryParam("workspace")), nil
	}, "workspace"))
}

func (h *handler) defineWorkspace(c echo.Context, in control.BrazeWorkspace) (none, error) {
	name := inPath(c, "name")
	if in.Name != "" && in.Name != name {
		return none{}, fmt.Errorf("workspace %q: the body says it is %q", name, in.Name)
	}
	in.Name = name
	return none{}, h.cfg.Braze.Define(in)
}
