package controlapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) listKeys(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Keys.List())
}

func (h *handler) createKey(c echo.Context) error {
	var in control.Key
	if err := input(c, &in); err != nil {
		return err
	}
	made, err := h.CreateKey(in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (h *handler) expireKey(c echo.Context) error {
	var in struct {
		At *time.Time `json:"at"`
	}
	if err := input(c, &in); err != nil {
		return err
	}
	at := h.Clock.Now()
	if in.At != nil {
		at = *in.At
	}
	return key(c, func(name string) (control.Key, error) { return h.Keys.Expire(name, at) })
}

func (h *handler) renewKey(c echo.Context) error {
	if err := nothing(c); err != nil {
		return err
	}
	return key(c, h.Keys.Renew)
}

func (h *handler) revokeKey(c echo.Context) error {
	if err := nothing(c); err != nil {
		return err
	}
	return key(c, func(name string) (control.Key, error) { return h.Keys.Revoke(name, h.Clock.Now()) })
}

func (h *handler) rotateKey(c echo.Context) error {
	var in control.Rotation
	if err := input(c, &in); err != nil {
		return err
	}
	const longest = 100 * 365 * 24 * 3600
	if !(in.OverlapSeconds >= 0 && in.OverlapSeconds <= longest) {
		return fmt.Errorf("overlap_seconds %v: want a number from 0 to %d", in.OverlapSeconds, longest)
	}
	ends := h.Clock.Now().Add(seconds(in.OverlapSeconds))
	return key(c, func(name string) (control.Key, error) { return h.Keys.Rotate(name, in.NewKey, ends) })
}

func (h *handler) setLimits(c echo.Context) error {
	var in control.Limits
	if err := input(c, &in); err != nil {
		return err
	}
	return key(c, func(name string) (control.Key, error) { return h.SetLimits(name, in) })
}

func (h *handler) silence(c echo.Context) error {
	var in struct {
		Devices []string `json:"devices"`
	}
	if err := input(c, &in); err != nil {
		return err
	}
	return key(c, func(name string) (control.Key, error) {
		if err := h.Silence(name, in.Devices); err != nil {
			return control.Key{}, err
		}
		return h.Keys.Get(name)
	})
}

// key does something to the key in the path and answers with what it then is.
func key(c echo.Context, do func(name string) (control.Key, error)) error {
	name, err := inPath(c, "key")
	if err != nil {
		return err
	}
	k, err := do(name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, k)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
