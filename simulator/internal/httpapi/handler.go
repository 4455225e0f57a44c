// Package httpapi serves the simulated endpoints over HTTP. It reads bodies and
// writes answers; what they mean is decided in package intake.
package httpapi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// New returns the handler of the ingestion API of a region; an empty region takes
// the keys of all.
func New(s *intake.Service, region string) http.Handler {
	h := &handler{service: s, region: region, jsonOnly: s.Behavior().Is(fidelity.ContentType, "json")}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = h.fail
	for _, ep := range []*intake.Endpoint{&s.HTTPAPI, &s.Batch} {
		upload := h.upload(ep)
		e.POST(ep.Path, upload)
		e.POST(ep.Path+"/", upload)
	}
	return e
}

type handler struct {
	service  *intake.Service
	region   string
	jsonOnly bool
}

// upload takes the uploads of one endpoint.
func (h *handler) upload(ep *intake.Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		x := intake.Begin()
		defer intake.End(x)
		r := c.Request()
		if h.jsonOnly && !strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON) {
			h.service.Refuse(ep, x, outcome.InvalidType)
			return h.answer(c, x)
		}
		switch err := read(r, x, ep.MaxBytes); {
		case errors.Is(err, errEncoding):
			h.service.Refuse(ep, x, outcome.InvalidJSON)
			return h.answer(c, x)
		case err != nil:
			return fmt.Errorf("read body: %w", err)
		}
		x.Region = h.regionOf(r.Host)
		h.service.Upload(ep, x)
		return h.answer(c, x)
	}
}

// regionOf is the region that a request was sent to: that of Amplitude's host
// name, if it bears one, else the region of this simulator.
func (h *handler) regionOf(host string) string {
	name, _, _ := strings.Cut(host, ":")
	switch name {
	case "api2.amplitude.com", "api.amplitude.com":
		return keys.US
	case "api.eu.amplitude.com":
		return keys.EU
	}
	return h.region
}

// answer writes the answer of an exchange, with the headers of a real one.
func (h *handler) answer(c echo.Context, x *intake.Exchange) error {
	header := c.Response().Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, POST")
	header.Set("Strict-Transport-Security", "max-age=15768000")
	header.Set("Trace-Id", fmt.Sprintf("Root=1-%08x-%016x%08x",
		uint32(h.service.Clock.Now().Unix()), rand.Uint64(), rand.Uint32()))
	contentType := echo.MIMEApplicationJSON
	if x.HTML {
		contentType = echo.MIMETextHTML
	}
	if x.Delivery != nil {
		header.Set(echo.HeaderContentType, contentType)
		return deliver(c.Response(), c.Request(), x.Delivery)
	}
	return c.Blob(x.Status, contentType, x.Answer)
}

// fail answers what no route took. The documentation knows one text for all of it,
// whatever the method.
func (h *handler) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if _, routing := errors.AsType[*echo.HTTPError](err); !routing {
		// The client went away while it sent; nobody reads an answer.
		c.Response().Header().Set(echo.HeaderConnection, "close")
		_ = c.NoContent(http.StatusBadRequest)
		return
	}
	x := intake.Begin()
	defer intake.End(x)
	h.service.Stray(c.Request().URL.Path, x)
	_ = h.answer(c, x)
}
