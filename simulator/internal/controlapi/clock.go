package controlapi

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
)

func (h *handler) clock(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return reading(c, h.Clock.State())
}

func (h *handler) setClock(c echo.Context) error {
	var in struct {
		Now *time.Time `json:"now"`
	}
	if err := input(c, &in); err != nil {
		return err
	}
	if in.Now == nil {
		return errors.New("set the clock: give the instant as \"now\", in RFC 3339")
	}
	now, err := h.Clock.Set(*in.Now)
	if err != nil {
		return err
	}
	return h.moved(c, now)
}

func (h *handler) advanceClock(c echo.Context) error {
	var in struct {
		Seconds *float64 `json:"seconds"`
	}
	if err := input(c, &in); err != nil {
		return err
	}
	const longest = 100 * 365 * 24 * 3600
	if in.Seconds == nil || !(*in.Seconds >= 0 && *in.Seconds <= longest) {
		return fmt.Errorf("advance the clock: give \"seconds\", a number from 0 to %d", longest)
	}
	now, err := h.Clock.Advance(seconds(*in.Seconds))
	if err != nil {
		return err
	}
	return h.moved(c, now)
}

func (h *handler) freezeClock(c echo.Context) error {
	if err := nothing(c); err != nil {
		return err
	}
	return h.moved(c, h.Clock.Freeze())
}

func (h *handler) scaleClock(c echo.Context) error {
	var in struct {
		Scale float64 `json:"scale"`
	}
	if err := input(c, &in); err != nil {
		return err
	}
	now, err := h.Clock.Scale(in.Scale)
	if err != nil {
		return err
	}
	return h.moved(c, now)
}

func (h *handler) resetClock(c echo.Context) error {
	if err := nothing(c); err != nil {
		return err
	}
	return h.moved(c, h.Clock.Reset())
}

// moved answers after a change of the clock, with its state. All but the syncs of
// cohorts asks the clock when it needs the time; those are told, and what was due
// has been tried when this answers.
func (h *handler) moved(c echo.Context, s clock.State) error {
	h.cfg.Cohorts.Run()
	return reading(c, s)
}

// reading answers with the state of the clock.
func reading(c echo.Context, s clock.State) error {
	return c.JSON(http.StatusOK, control.Clock{Now: s.Now, Frozen: s.Frozen, Scale: s.Scale})
}
