package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

// reset resets an area, or all, for a key, or for all keys.
func (h *handler) reset(c echo.Context) error {
	if err := nothing(c, "key", "area"); err != nil {
		return err
	}
	key, area := c.QueryParam("key"), control.Area(c.QueryParam("area"))
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
		if err := h.Reset(key, area); err != nil {
			return err
		}
	case control.AreaCohorts:
		h.cfg.Cohorts.Clear(key)
	case control.AreaBraze, control.AreaKeys, control.AreaClock:
		if key != "" {
			return fmt.Errorf("area %q is not kept by key: leave the key out", area)
		}
		if err := h.resetShared(area); err != nil {
			return err
		}
	default:
		return fmt.Errorf("area %q: want journal, limits, dedup, faults, cohorts, braze, keys or clock, or none for the first six", area)
	}
	return c.NoContent(http.StatusNoContent)
}

// resetShared resets an area that all keys share.
func (h *handler) resetShared(area control.Area) error {
	switch area {
	case control.AreaKeys:
		return h.ResetKeys()
	case control.AreaClock:
		h.Clock.Reset()
		h.cfg.Cohorts.Run()
	default:
		h.cfg.Braze.Clear()
	}
	return nil
}
