package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeReset(g *echo.Group) {
	g.POST("/reset", change(http.StatusNoContent, func(c echo.Context, _ none) (none, error) {
		return none{}, h.reset(c, c.QueryParam("key"), control.Area(c.QueryParam("area")))
	}, "key", "area"))
}

// reset resets an area, or all but the keys and the clock, for a key, or for all keys.
func (h *handler) reset(c echo.Context, key string, area control.Area) error {
	switch area {
	case "":
		if err := h.Reset(key, control.AreaJournal, control.AreaLimits, control.AreaDedup, control.AreaFaults); err != nil {
			return err
		}
		h.cfg.Cohorts.Clear(key)
		if key == "" {
			h.cfg.Braze.Clear()
		}
	case control.AreaJournal, control.AreaLimits, control.AreaDedup, control.AreaFaults:
		return h.Reset(key, area)
	case control.AreaCohorts:
		h.cfg.Cohorts.Clear(key)
	case control.AreaBraze, control.AreaKeys, control.AreaClock:
		if key != "" {
			return fmt.Errorf("area %q is not kept by key: leave the key out", area)
		}
		return h.resetShared(c, area)
	default:
		return fmt.Errorf("area %q: want journal, limits, dedup, faults, cohorts, braze, keys or clock, or none for the first six", area)
	}
	return nil
}

// resetShared resets an area that all keys share.
func (h *handler) resetShared(c echo.Context, area control.Area) error {
	switch area {
	case control.AreaKeys:
		return h.ResetKeys()
	case control.AreaClock:
		_, err := h.clockChanged(c, h.Clock.Reset(), nil)
		return err
	default:
		h.cfg.Braze.Clear()
	}
	return nil
}
