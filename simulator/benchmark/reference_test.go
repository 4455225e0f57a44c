package benchmark_test

import (
	"io"
	"net/http"
	"slices"
	"sync"

	gojson "github.com/goccy/go-json"
	"github.com/labstack/echo/v4" //nolint:depguard // the reference must differ in nothing but what it does

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// reference is a handler that could hardly do less: it reads the body into a pooled
// buffer of the announced size, makes sure that it is JSON, with the fastest
// validator that takes nothing else, and answers a constant. It does less than the simulator
// also where both do the same: its validator does not look for invalid UTF-8, and its
// answer has one header where that of the simulator has six.
func reference() http.Handler {
	buffers := sync.Pool{New: func() any { return new([]byte) }}
	answer := []byte(`{"code":200}` + "\n")
	e := echo.New()
	e.POST(amplitude.PathHTTPAPI, func(c echo.Context) error {
		r := c.Request()
		buffer := buffers.Get().(*[]byte)
		defer buffers.Put(buffer)
		body := slices.Grow((*buffer)[:0], int(r.ContentLength))[:r.ContentLength]
		*buffer = body
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return err
		}
		if !gojson.Valid(body) {
			return echo.NewHTTPError(http.StatusBadRequest)
		}
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, answer)
	})
	return e
}
