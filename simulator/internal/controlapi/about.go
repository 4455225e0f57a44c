package controlapi

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

// routeAbout routes what the simulator tells of itself.
func (h *handler) routeAbout(e *echo.Echo, g *echo.Group) {
	e.GET("/healthz", h.healthy)
	e.GET("/readyz", h.ready)
	e.GET("/version", h.version)
	e.GET("/metrics", echo.WrapHandler(h.cfg.Metrics))
	g.GET("/config", h.config)
	g.GET("/certificate", h.certificate)
	g.GET("/openapi.yaml", h.openapi)
	g.GET("/state", h.state)
	g.GET("/fidelity", h.fidelity)
}

func (h *handler) healthy(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// ready is healthy until the simulator closes: whatever is routed here is served by
// a simulator that has its keys, its clock and its seed.
func (h *handler) ready(c echo.Context) error {
	if h.cfg.Closing.Err() != nil {
		return echo.NewHTTPError(http.StatusServiceUnavailable, "the simulator is closing")
	}
	return h.healthy(c)
}

func (h *handler) version(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"version": h.cfg.Readout.Version})
}

func (h *handler) config(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.cfg.Readout)
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

func (h *handler) openapi(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/yaml", openapi.Document())
}

func (h *handler) fidelity(c echo.Context) error {
	if err := parameters(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.Behavior().Rows())
}
