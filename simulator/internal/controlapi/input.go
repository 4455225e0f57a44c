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

// input decodes the body of a call. An empty body leaves into as it is.
func input(c echo.Context, into any) error {
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

// apiKey is the key named in the path.
func apiKey(c echo.Context) (string, error) {
	key, err := url.PathUnescape(c.Param("key"))
	if err != nil {
		return "", fmt.Errorf("API key in the path: %w", err)
	}
	return key, nil
}

func sameToken(header, token string) bool {
	return subtle.ConstantTimeCompare([]byte(header), []byte("Bearer "+token)) == 1
}
