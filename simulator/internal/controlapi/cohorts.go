package controlapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeCohorts(g *echo.Group) {
	g.GET("/cohorts", read(http.StatusOK, func(c echo.Context) ([]control.Cohort, error) {
		return h.cfg.Cohorts.List(c.QueryParam("key")), nil
	}, "key"))
	g.GET("/cohorts/:id", read(http.StatusOK, func(c echo.Context) (control.Cohort, error) {
		return h.cfg.Cohorts.Get(inPath(c, "id"))
	}))
	g.PUT("/cohorts/:id", change(http.StatusOK, h.defineCohort))
	g.DELETE("/cohorts/:id", read(http.StatusNoContent, func(c echo.Context) (none, error) {
		return none{}, h.cfg.Cohorts.Delete(inPath(c, "id"))
	}))
	g.POST("/cohorts/:id/members", change(http.StatusOK, func(c echo.Context, in control.CohortChange) (control.Cohort, error) {
		return h.cfg.Cohorts.Change(inPath(c, "id"), in)
	}))
	g.POST("/cohorts/:id/sync", change(http.StatusOK, func(c echo.Context, _ none) (control.Cohort, error) {
		ctx, cancel := h.syncWait(c)
		defer cancel()
		return h.cfg.Cohorts.Sync(ctx, inPath(c, "id"))
	}))
}

func (h *handler) defineCohort(c echo.Context, in control.Cohort) (control.Cohort, error) {
	id := inPath(c, "id")
	if in.ID != "" && in.ID != id {
		return control.Cohort{}, fmt.Errorf("cohort %q: the body says it is %q", id, in.ID)
	}
	in.ID = id
	ctx, cancel := h.syncWait(c)
	defer cancel()
	return h.cfg.Cohorts.Define(ctx, in)
}

// longestSync bounds how long a call waits for syncs. A partner that answers needs
// less; requests to one that does not go on without the caller.
const longestSync = 5 * time.Second

// syncWait is a context for calls that start syncs.
func (h *handler) syncWait(c echo.Context) (context.Context, context.CancelFunc) {
	return h.bounded(c, longestSync)
}
