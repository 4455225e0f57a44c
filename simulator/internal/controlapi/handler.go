// Package controlapi serves the control API under /_admin, over which a test changes the
// simulator and reads its state, and the health of the simulator beside it.
//
// Its JSON types are those of package control. It is strict, so that a misspelled word is
// found: unknown members and unknown parameters are refused, and every error says what to do.
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
	"github.com/ammeter/ammeter/simulator/internal/console"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/keys"
)

// Prefix of all paths but those of health, version and metrics.
const Prefix = "/_admin"

// Config is what the handler needs besides the service.
type Config struct {
	// ConfigView is the configuration of the simulator, without secrets.
	ConfigView control.Config
	// Certificate is the PEM of the certificate that is served, if any.
	Certificate []byte
	// Metrics serves /metrics.
	Metrics http.Handler
	// Token, if not empty, is required as a bearer token under Prefix.
	Token string
	// Hosts are names, besides private ones, under which the control API may be
	// called without a token.
	Hosts []string
	// Closing, when it ends, ends the waiting calls.
	Closing context.Context
	Cohorts *cohort.Registry
	Braze   *braze.Braze
}

type handler struct {
	*ingestion.Service
	cfg     Config
	live    live
	console *console.Console
}

// New returns the handler of the control API.
func New(s *ingestion.Service, cfg Config) http.Handler {
	return newRouter(&handler{Service: s, cfg: cfg, live: newLive(), console: console.New(console.Config{
		Service: s, Cohorts: cfg.Cohorts, Braze: cfg.Braze, Version: cfg.ConfigView.Version, Token: cfg.Token,
	})})
}

func newRouter(h *handler) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = fail
	e.JSONSerializer = plainJSON{}
	e.Use(h.guard, h.countChanges) // not of the group, where they would hide wrong methods

	g := e.Group(Prefix)
	h.routeAbout(e, g)
	h.routeKeys(g)
	h.routeClock(g)
	h.routeFaults(g)
	h.routeCohorts(g)
	h.routeBraze(g)
	h.routeJournal(g)
	h.routeExplain(g)
	h.routeReset(g)
	h.routeLive(g)
	h.routeConsole(e)
	return e
}

// fail is the one place that turns errors into answers.
func fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, text := http.StatusInternalServerError, err.Error()
	var routed *echo.HTTPError
	switch {
	case errors.As(err, &routed):
		status, text = routed.Code, message(routed, c)
	case errors.Is(err, keys.ErrUnknown), errors.Is(err, errUnknown),
		errors.Is(err, cohort.ErrUnknown), errors.Is(err, braze.ErrUnknown):
		status = http.StatusNotFound
	case errors.Is(err, context.Canceled):
		status = http.StatusServiceUnavailable
	case asInvalid(err):
		status = http.StatusBadRequest
	default:
		text = "the simulator failed, not the call: " + text
	}
	_ = c.JSON(status, map[string]string{"error": text})
}

func asInvalid(err error) bool {
	_, yes := errors.AsType[invalidError](err)
	return yes
}

func message(err *echo.HTTPError, c echo.Context) string {
	switch err.Code {
	case http.StatusNotFound:
		return "no such path: " + shownPath(c) + "; GET " + Prefix + "/openapi.yaml lists the calls, and the console is " + Prefix + "/ui/"
	case http.StatusMethodNotAllowed:
		return "path " + shownPath(c) + " takes another method than " + c.Request().Method +
			": " + strings.ReplaceAll(c.Response().Header().Get(echo.HeaderAllow), "OPTIONS, ", "")
	}
	if text, ok := err.Message.(string); ok {
		return text
	}
	text, _ := json.Marshal(err.Message)
	return string(text)
}

// shownPath is the path of a call for an error, without the key in it, which is a
// secret.
func shownPath(c echo.Context) string {
	parts := strings.Split(c.Request().URL.Path, "/")
	if len(parts) > 3 && (parts[2] == "keys" || parts[2] == "ledger") {
		parts[3] = "{key}"
	}
	return strings.Join(parts, "/")
}
