// Package httpapi serves the simulated endpoints over HTTP. It reads bodies and
// writes answers; what they mean is decided in package ingestion.
package httpapi

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// New returns the handler of the ingestion API of a region; an empty region takes
// the keys of all. Answers that a fault delays go out at once when closing is closed.
func New(s *ingestion.Service, region string, closing <-chan struct{}) http.Handler {
	return newHandler(s, region, closing).routes()
}

func newHandler(s *ingestion.Service, region string, closing <-chan struct{}) *handler {
	b := s.Behavior()
	h := &handler{
		deliverer: deliverer{closing}, service: s, bodies: newBodies(bodiesRoom), region: region,
		jsonOnly:       b.Is(fidelity.ContentType, "json"),
		compressedSize: b.Is(fidelity.GzipSize, "compressed"),
		plain:          b.Is(fidelity.AnswerHeaders, "plain"),
		wrongMethod:    http.StatusBadRequest,
	}
	if b.Is(fidelity.WrongMethod, "405") {
		h.wrongMethod = http.StatusMethodNotAllowed
	}
	return h
}

func (h *handler) routes() http.Handler {
	s, e := h.service, echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = h.fail
	for _, base := range []string{"", usPath, euPath} {
		for _, ep := range []*ingestion.Endpoint{&s.HTTPAPI, &s.Batch} {
			both(base+ep.Path, e.POST, h.upload(ep))
			both(base+ep.Path, e.OPTIONS, h.preflight(ep))
		}
		for _, ep := range []*ingestion.Endpoint{&s.Identify, &s.GroupIdentify} {
			both(base+ep.Path, e.POST, h.form(ep))
			both(base+ep.Path, e.GET, h.form(ep))
			both(base+ep.Path, e.OPTIONS, h.preflight(ep))
		}
	}
	return e
}

// Prefixes of paths that stand for Amplitude's hosts, so that one listener can serve both
// regions.
const (
	usPath = "/us"
	euPath = "/eu"
)

// both routes a path with and without a slash at its end.
func both(path string, method func(string, echo.HandlerFunc, ...echo.MiddlewareFunc) *echo.Route, h echo.HandlerFunc) {
	method(path, h)
	method(path+"/", h)
}

type handler struct {
	deliverer
	service        *ingestion.Service
	bodies         *bodies
	region         string
	jsonOnly       bool
	compressedSize bool
	plain          bool
	wrongMethod    int
}

// upload takes the uploads of one endpoint.
func (h *handler) upload(ep *ingestion.Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		req := h.request(ep, r)
		if h.jsonOnly && !strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEApplicationJSON) {
			req.Unreadable = outcome.InvalidType
			return h.answer(c, h.service.Upload(req))
		}
		in, err := h.reader(ep).read(c.Response(), r)
		switch {
		case errors.Is(err, errEncoding):
			req.Unreadable = outcome.InvalidJSON
			return h.answer(c, h.service.Upload(req))
		case err != nil:
			return fmt.Errorf("read body: %w", err)
		}
		req.Body, req.Unread, req.Packed = in.bytes, in.unread, in.packed
		resp := h.service.Upload(req)
		h.bodies.put(in) // before the answer, which a fault may delay
		return h.answer(c, resp)
	}
}

// request is a request without its body.
func (h *handler) request(ep *ingestion.Endpoint, r *http.Request) ingestion.Request {
	const longest = 64
	named := encoding(r)
	return ingestion.Request{Endpoint: ep, Region: h.regionOf(r), Encoding: named[:min(len(named), longest)]}
}

func (h *handler) reader(ep *ingestion.Endpoint) reader {
	return reader{h.bodies, h.service.Clock, ep.MaxBytes, h.compressedSize}
}

// regionOf is the region that a request was sent to: that of Amplitude's host
// name, if it bears one, or of its path, else the region of this simulator.
func (h *handler) regionOf(r *http.Request) string {
	name, _, _ := strings.Cut(r.Host, ":")
	switch strings.ToLower(name) {
	case "api2.amplitude.com", "api.amplitude.com":
		return keys.US
	case "api.eu.amplitude.com":
		return keys.EU
	}
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, usPath+"/"):
		return keys.US
	case strings.HasPrefix(path, euPath+"/"):
		return keys.EU
	}
	return h.region
}

// preflight lets browsers send from any origin, whatever headers they add.
func (h *handler) preflight(ep *ingestion.Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		h.headers(c, h.service.Clock.Now())
		d := h.service.Unrecorded(ep.Path, func(time.Time) fault.Answer {
			allowed := fault.Answer{Status: http.StatusNoContent}
			if asked := c.Request().Header.Get("Access-Control-Request-Headers"); asked != "" && !h.plain {
				allowed.Header = http.Header{"Access-Control-Allow-Headers": {asked}}
			}
			return allowed
		})
		return h.deliver(c.Response(), c.Request(), &d)
	}
}

// headers sets those of a real answer, which is given at an instant of the simulator's clock.
func (h *handler) headers(c echo.Context, at time.Time) {
	if h.plain {
		return
	}
	header := c.Response().Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Access-Control-Allow-Methods"] = anyMethod
	header["Strict-Transport-Security"] = httpsOnly
	header["Trace-Id"] = []string{traceID(at)}
}

// Values of headers that are always the same. Answers share them and change no
// value in place.
var (
	anyOrigin = []string{"*"}
	anyMethod = []string{"GET, POST"}
	httpsOnly = []string{"max-age=15768000"}
)

// traceID looks like Root=1-12345678-123456789abcdef123456789.
func traceID(at time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint32(raw[:], uint32(at.Unix()))
	binary.BigEndian.PutUint64(raw[4:], rand.Uint64())
	binary.BigEndian.PutUint32(raw[12:], rand.Uint32())
	id := append(make([]byte, 0, 40), "Root=1-"...)
	id = append(hex.AppendEncode(id, raw[:4]), '-')
	return string(hex.AppendEncode(id, raw[4:]))
}

// answer writes an answer.
func (h *handler) answer(c echo.Context, resp ingestion.Response) error {
	h.headers(c, resp.At)
	header := c.Response().Header()
	if resp.RetryAfter > 0 {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(resp.RetryAfter))
	}
	if resp.Delivery != nil {
		header.Set(echo.HeaderContentType, resp.ContentType)
		return h.deliver(c.Response(), c.Request(), resp.Delivery)
	}
	return c.Blob(resp.Status, resp.ContentType, resp.Body)
}

// fail answers what no route took. The documentation has one text for all of it,
// whatever the method.
func (h *handler) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	routing, ok := errors.AsType[*echo.HTTPError](err)
	if !ok {
		// The client went away while it sent and reads no answer.
		c.Response().Header().Set(echo.HeaderConnection, "close")
		_ = c.NoContent(http.StatusBadRequest)
		return
	}
	status := http.StatusBadRequest
	if routing.Code == http.StatusMethodNotAllowed {
		status = h.wrongMethod
	}
	if status != http.StatusMethodNotAllowed {
		c.Response().Header().Del(echo.HeaderAllow) // the router's, which belongs to a 405
	}
	_ = h.answer(c, h.service.Stray(c.Request().URL.Path, status))
}
