// Package controlapi serves the control API: what a test does to the simulator and
// asks of it, under /_admin, and the health of the simulator beside it.
//
// Its JSON types are those of package control. It is strict, because whoever calls
// it wants to know about a misspelled word: unknown members and unknown parameters
// are refused, and every error says what to do.
package controlapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/keys"
)

// Prefix of all paths but those of health, version and metrics.
const Prefix = "/_admin"

// Config is what the handler needs besides the service.
type Config struct {
	// Readout is what the simulator tells of its configuration, without secrets.
	Readout control.Config
	// Certificate is the PEM of the certificate that is served, if any.
	Certificate []byte
	// Metrics serves /metrics.
	Metrics http.Handler
	// Token, if not empty, is asked for as a bearer token under Prefix.
	Token string
	// Closing, when it ends, ends the waiting calls.
	Closing context.Context
	Cohorts *cohort.Registry
	Braze   *braze.Braze
}

type handler struct {
	*intake.Service
	cfg Config
}

// New returns the handler of the control API.
func New(s *intake.Service, cfg Config) http.Handler {
	h := &handler{s, cfg}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = fail
	e.JSONSerializer = plainJSON{}
	e.Use(h.authorize) // not of the group, where it would hide wrong methods

	g := e.Group(Prefix)
	h.routeAbout(e, g)

	g.GET("/keys", h.listKeys)
	g.POST("/keys", h.createKey)
	g.POST("/keys/:key/expire", h.expireKey)
	g.POST("/keys/:key/renew", h.renewKey)
	g.POST("/keys/:key/revoke", h.revokeKey)
	g.POST("/keys/:key/rotate", h.rotateKey)
	g.PUT("/keys/:key/limits", h.setLimits)
	g.PUT("/keys/:key/silenced", h.silence)

	g.GET("/clock", h.clock)
	g.PUT("/clock", h.setClock)
	g.POST("/clock/advance", h.advanceClock)
	g.POST("/clock/freeze", h.freezeClock)
	g.POST("/clock/scale", h.scaleClock)
	g.POST("/clock/reset", h.resetClock)

	h.routeFaults(g)
	h.routeCohorts(g)
	h.routeBraze(g)

	g.GET("/journal/events", h.events)
	g.GET("/journal/requests", h.requests)
	g.GET("/journal/export/events", h.exportEvents)
	g.GET("/journal/export/requests", h.exportRequests)
	g.GET("/ledger/:key", h.ledger)
	g.POST("/verify", h.verify)
	g.GET("/explain/device", h.explainDevice)
	g.GET("/explain/user", h.explainUser)
	g.GET("/explain/event", h.explainEvent)
	g.POST("/reset", h.reset)
	return e
}

// authorize asks for the token under Prefix, if there is one.
func (h *handler) authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		guarded := h.cfg.Token != "" && strings.HasPrefix(c.Request().URL.Path, Prefix)
		if guarded && !sameToken(c.Request().Header.Get(echo.HeaderAuthorization), h.cfg.Token) {
			return echo.NewHTTPError(http.StatusUnauthorized,
				"the control API wants the token the simulator was started with, as \"Authorization: Bearer TOKEN\"")
		}
		return next(c)
	}
}

// fail is the one place that turns errors into answers.
func fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, text := http.StatusBadRequest, err.Error()
	var routed *echo.HTTPError
	switch {
	case errors.As(err, &routed):
		status, text = routed.Code, message(routed, c)
	case errors.Is(err, keys.ErrUnknown), errors.Is(err, errUnknown),
		errors.Is(err, cohort.ErrUnknown), errors.Is(err, braze.ErrUnknown):
		status = http.StatusNotFound
	case errors.Is(err, context.Canceled):
		status = http.StatusServiceUnavailable
	}
	_ = c.JSON(status, map[string]string{"error": text})
}

func message(err *echo.HTTPError, c echo.Context) string {
	switch err.Code {
	case http.StatusNotFound:
		return "no such path: " + c.Request().URL.Path + "; the control API is under " + Prefix
	case http.StatusMethodNotAllowed:
		return "path " + c.Request().URL.Path + " takes another method than " + c.Request().Method +
			": " + strings.ReplaceAll(c.Response().Header().Get(echo.HeaderAllow), "OPTIONS, ", "")
	}
	if text, ok := err.Message.(string); ok {
		return text
	}
	text, _ := json.Marshal(err.Message)
	return string(text)
}
