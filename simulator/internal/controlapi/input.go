package controlapi

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxInput bounds the body of a control call.
const maxInput = 16 << 20

// input decodes the body of a call, after it has checked that no query parameters
// came but those named: a call that is refused must have done nothing. An empty body
// leaves into as it is.
func input(c echo.Context, into any, known ...string) error {
	if err := parameters(c, known...); err != nil {
		return err
	}
	dec := json.NewDecoder(io.LimitReader(c.Request().Body, maxInput))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read the body as JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("read the body as JSON: more than one value; send a single object")
	}
	return nil
}

// nothing refuses what is sent to a call that takes nothing. A reset that is told its
// area in the body, say, must not pass for one of everything.
func nothing(c echo.Context, known ...string) error { return input(c, &struct{}{}, known...) }

// parameters refuses query parameters other than those named.
func parameters(c echo.Context, known ...string) error {
	for name, values := range c.QueryParams() {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return fmt.Errorf("query parameter %q: this path takes none", name)
			}
			return fmt.Errorf("query parameter %q: want one of %s", name, strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return fmt.Errorf("query parameter %q: given %d times, want once", name, len(values))
		}
	}
	return nil
}

// inPath is a parameter of the path. The router leaves it escaped if the path as a
// whole had to be, and only then.
func inPath(c echo.Context, parameter string) (string, error) {
	if c.Request().URL.RawPath == "" {
		return c.Param(parameter), nil
	}
	value, err := url.PathUnescape(c.Param(parameter))
	if err != nil {
		return "", fmt.Errorf("%s in the path: %w", parameter, err)
	}
	return value, nil
}

func sameToken(header, token string) bool {
	return subtle.ConstantTimeCompare([]byte(header), []byte("Bearer "+token)) == 1
}
