package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeCohorts(g *echo.Group) {
	g.GET("/cohorts", h.listCohorts)
	g.GET("/cohorts/:id", h.getCohort)
	g.PUT("/cohorts/:id", h.defineCohort)
	g.DELETE("/cohorts/:id", h.deleteCohort)
	g.POST("/cohorts/:id/members", h.changeCohort)
	g.POST("/cohorts/:id/sync", h.syncCohort)
}

func (h *handler) listCohorts(c echo.Context) error {
	if err := parameters(c, "key"); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.cfg.Cohorts.List(c.QueryParam("key")))
}

func (h *handler) getCohort(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return named(c, h.cfg.Cohorts.Get)
}

func (h *handler) syncCohort(c echo.Context) error {
	if err := nothing(c); err != nil {
		return err
	}
	return named(c, h.cfg.Cohorts.Sync)
}

func (h *handler) defineCohort(c echo.Context) error {
	var in control.Cohort
	if err := input(c, &in); err != nil {
		return err
	}
	return named(c, func(id string) (control.Cohort, error) {
		if in.ID != "" && in.ID != id {
			return control.Cohort{}, fmt.Errorf("cohort %q: the body says it is %q", id, in.ID)
		}
		in.ID = id
		return h.cfg.Cohorts.Define(in)
	})
}

func (h *handler) changeCohort(c echo.Context) error {
	var in control.CohortChange
	if err := input(c, &in); err != nil {
		return err
	}
	return named(c, func(id string) (control.Cohort, error) { return h.cfg.Cohorts.Change(id, in) })
}

func (h *handler) deleteCohort(c echo.Context) error {
	return removed(c, "id", h.cfg.Cohorts.Delete)
}

// named does something with the cohort in the path and answers with it.
func named(c echo.Context, do func(id string) (control.Cohort, error)) error {
	id, err := inPath(c, "id")
	if err != nil {
		return err
	}
	cohort, err := do(id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, cohort)
}

// removed removes what a parameter of the path names.
func removed(c echo.Context, parameter string, remove func(name string) error) error {
	if err := parameters(c); err != nil {
		return err
	}
	name, err := inPath(c, parameter)
	if err != nil {
		return err
	}
	if err := remove(name); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
