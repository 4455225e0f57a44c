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

func (h *handler) routeClock(g *echo.Group) {
	g.GET("/clock", read(http.StatusOK, func(echo.Context) (control.Clock, error) { return clockJSON(h.Clock.State()), nil }))
	g.PUT("/clock", change(http.StatusOK, h.setClock))
	g.POST("/clock/advance", change(http.StatusOK, h.advanceClock))
	g.POST("/clock/freeze", change(http.StatusOK, h.freezeClock))
	g.POST("/clock/scale", change(http.StatusOK, h.scaleClock))
	g.POST("/clock/reset", change(http.StatusOK, h.resetClock))
}

type clockInput struct {
	Now *time.Time `json:"now"`
}

func (h *handler) setClock(c echo.Context, in clockInput) (control.Clock, error) {
	if in.Now == nil {
		return control.Clock{}, errors.New("set the clock: give the instant as \"now\", in RFC 3339")
	}
	now, err := h.Clock.Set(*in.Now)
	return h.clockChanged(c, now, err)
}

type advanceInput struct {
	Seconds *float64 `json:"seconds"`
}

func (h *handler) advanceClock(c echo.Context, in advanceInput) (control.Clock, error) {
	const longest = 100 * 365 * 24 * 3600
	if in.Seconds == nil || !(*in.Seconds >= 0 && *in.Seconds <= longest) {
		return control.Clock{}, fmt.Errorf("advance the clock: give \"seconds\", a number from 0 to %d", longest)
	}
	now, err := h.Clock.Advance(time.Duration(*in.Seconds * float64(time.Second)))
	return h.clockChanged(c, now, err)
}

type scaleInput struct {
	Scale float64 `json:"scale"`
}

func (h *handler) scaleClock(c echo.Context, in scaleInput) (control.Clock, error) {
	now, err := h.Clock.Scale(in.Scale)
	return h.clockChanged(c, now, err)
}

func (h *handler) freezeClock(c echo.Context, _ none) (control.Clock, error) {
	return h.clockChanged(c, h.Clock.Freeze(), nil)
}

func (h *handler) resetClock(c echo.Context, _ none) (control.Clock, error) {
	return h.clockChanged(c, h.Clock.Reset(), nil)
}

// clockChanged is the answer to a change of the clock. All but the syncs of cohorts reads
// the clock when it needs the time. The syncs that were due have been tried when this
// returns, unless a partner does not answer.
func (h *handler) clockChanged(c echo.Context, s clock.State, err error) (control.Clock, error) {
	if err == nil {
		ctx, cancel := h.syncWait(c)
		defer cancel()
		h.cfg.Cohorts.Run(ctx)
	}
	return clockJSON(s), err
}

func clockJSON(s clock.State) control.Clock {
	return control.Clock{Now: s.Now, Frozen: s.Frozen, Scale: s.Scale}
}
