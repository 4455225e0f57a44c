package controlapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxInput bounds the body of a control call.
const maxInput = 16 << 20

// change makes the handler of a call that changes something. It reads the body into an In,
// refuses query parameters other than those known, and answers with a status and what do
// returns. What do refuses is the caller's fault.
func change[In, Out any](status int, do func(c echo.Context, in In) (Out, error), known ...string) echo.HandlerFunc {
	return func(c echo.Context) error {
		// First of all: a call that is refused must have done nothing.
		if err := parameters(c, known...); err != nil {
			return err
		}
		var in In
		if err := input(c, &in); err != nil {
			return err
		}
		out, err := do(c, in)
		return answer(c, status, out, err)
	}
}

// read makes the handler of a call that changes nothing, or that deletes what its path
// names: it has no body.
func read[Out any](status int, do func(c echo.Context) (Out, error), known ...string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := parameters(c, known...); err != nil {
			return err
		}
		out, err := do(c)
		return answer(c, status, out, err)
	}
}

// none is the body of a call that takes nothing, and the answer of one that has nothing to
// say. A body with members is refused: a reset with its area in the body, for example,
// must not reset everything.
type none struct{}

func answer(c echo.Context, status int, out any, err error) error {
	switch {
	case err != nil:
		return invalid(err)
	case status == http.StatusNoContent:
		return c.NoContent(status)
	}
	return c.JSON(status, out)
}

// input decodes the body of a call. An empty body leaves into as it is.
func input(c echo.Context, into any) error {
	if c.Request().ContentLength > maxInput {
		return invalidf("a body of %d bytes: want at most %d", c.Request().ContentLength, maxInput)
	}
	dec := json.NewDecoder(io.LimitReader(c.Request().Body, maxInput))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return invalidf("read the body as JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return invalidf("read the body as JSON: more than one value; send a single object")
	}
	return nil
}

// parameters refuses query parameters other than those named.
func parameters(c echo.Context, known ...string) error {
	for name, values := range c.QueryParams() {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return invalidf("query parameter %q: this path takes none", name)
			}
			return invalidf("query parameter %q: want one of %s", name, strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return invalidf("query parameter %q: given %d times, want once", name, len(values))
		}
	}
	return nil
}

// inPath is a parameter of the path. The router leaves it escaped if the path as a
// whole had to be, and only then. Its escapes are valid, or there would be no URL.
func inPath(c echo.Context, parameter string) string {
	value := c.Param(parameter)
	if c.Request().URL.RawPath != "" {
		value, _ = url.PathUnescape(value)
	}
	return value
}

// invalidError is an error of the caller's. What bears no such mark is the simulator's.
type invalidError struct{ error }

func (e invalidError) Unwrap() error { return e.error }

// invalid marks an error as the caller's.
func invalid(err error) error { return invalidError{err} }

func invalidf(format string, args ...any) error { return invalidError{fmt.Errorf(format, args...)} }
