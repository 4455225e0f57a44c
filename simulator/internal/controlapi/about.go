package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/console"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

const metricsPath = "/metrics"

// routeAbout routes what the simulator says of itself.
func (h *handler) routeAbout(e *echo.Echo, g *echo.Group) {
	e.GET("/healthz", healthy)
	e.GET("/readyz", h.ready)
	e.GET("/version", func(c echo.Context) error {
		return c.JSON(http.StatusOK, map[string]string{"version": h.cfg.ConfigView.Version})
	})
	e.GET(metricsPath, echo.WrapHandler(h.cfg.Metrics))
	g.GET("/config", read(http.StatusOK, func(echo.Context) (control.Config, error) { return h.cfg.ConfigView, nil }))
	g.GET("/catalog", read(http.StatusOK, func(echo.Context) ([]control.Control, error) { return openapi.Catalog(), nil }))
	g.GET("/state", read(http.StatusOK, func(echo.Context) (control.State, error) { return h.State(), nil }))
	g.GET("/fidelity", read(http.StatusOK, func(echo.Context) ([]fidelity.Row, error) { return h.Behavior().Rows(), nil }))
	g.GET("/certificate", h.certificate)
	g.GET("/openapi.yaml", func(c echo.Context) error {
		if err := parameters(c); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/yaml", openapi.Document())
	})
}

// routeConsole routes the pages, which have their own router.
func (h *handler) routeConsole(e *echo.Echo) {
	e.GET(console.Prefix, func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, console.Prefix+"/") })
	e.GET(console.Prefix+"/*", echo.WrapHandler(h.console))
	e.POST(console.Prefix+"/*", echo.WrapHandler(h.console))
}

func healthy(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// ready is healthy until the simulator closes: whatever is routed here is served by
// a simulator that has its keys, its clock and its seed.
func (h *handler) ready(c echo.Context) error {
	if h.cfg.Closing.Err() != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "the simulator is closing")
	}
	return healthy(c)
}

// certificate answers with what a client has to trust.
func (h *handler) certificate(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	if len(h.cfg.Certificate) == 0 {
		return fmt.Errorf("certificate: %w: the simulator does not serve TLS; start it with --tls", errUnknown)
	}
	return c.Blob(http.StatusOK, "application/x-pem-file", h.cfg.Certificate)
}
