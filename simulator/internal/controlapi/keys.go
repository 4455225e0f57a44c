package controlapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
)

func (h *handler) routeKeys(g *echo.Group) {
	g.GET("/keys", read(http.StatusOK, func(echo.Context) ([]control.Key, error) { return h.Keys.List(), nil }))
	g.POST("/keys", change(http.StatusCreated, func(_ echo.Context, in control.Key) (control.Key, error) { return h.CreateKey(in) }))
	g.POST("/keys/:key/expire", change(http.StatusOK, h.expireKey))
	g.POST("/keys/:key/renew", change(http.StatusOK, func(c echo.Context, _ none) (control.Key, error) {
		return h.Keys.Renew(inPath(c, "key"))
	}))
	g.POST("/keys/:key/revoke", change(http.StatusOK, func(c echo.Context, _ none) (control.Key, error) {
		return h.Keys.Revoke(inPath(c, "key"), h.Clock.Now())
	}))
	g.POST("/keys/:key/rotate", change(http.StatusOK, h.rotateKey))
	g.PUT("/keys/:key/limits", change(http.StatusOK, func(c echo.Context, in control.Limits) (control.Key, error) {
		return h.SetLimits(inPath(c, "key"), in)
	}))
	g.PUT("/keys/:key/silenced", change(http.StatusOK, h.silence))
}

type expireInput struct {
	At *time.Time `json:"at"`
}

func (h *handler) expireKey(c echo.Context, in expireInput) (control.Key, error) {
	at := h.Clock.Now()
	if in.At != nil {
		at = *in.At
	}
	return h.Keys.Expire(inPath(c, "key"), at)
}

func (h *handler) rotateKey(c echo.Context, in control.Rotation) (control.Key, error) {
	const longest = 100 * 365 * 24 * time.Hour
	overlap := time.Duration(in.Overlap)
	if overlap < 0 || overlap > longest {
		return control.Key{}, fmt.Errorf("overlap_seconds %v: want a number from 0 to %d", in.Overlap.Seconds(), int64(longest/time.Second))
	}
	return h.Keys.Rotate(inPath(c, "key"), in.NewKey, h.Clock.Now().Add(overlap))
}

type silenceInput struct {
	Devices []string `json:"devices"`
}

func (h *handler) silence(c echo.Context, in silenceInput) (control.Key, error) {
	name := inPath(c, "key")
	if err := h.Silence(name, in.Devices); err != nil {
		return control.Key{}, err
	}
	return h.Keys.Get(name)
}
