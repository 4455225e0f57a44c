package controlapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/keys"
)

// TestFail_whoseFault answers errors by whose they are: only what a handler has marked
// as the caller's is a 400.
func TestFail_whoseFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{errors.New("journal is torn"), 500, "the simulator failed, not the call: journal is torn"},
		{fmt.Errorf("encode: %w", errors.New("NaN")), 500, "the simulator failed, not the call: encode: NaN"},
		{invalidf("seconds %v: want more", 0), 400, "seconds 0: want more"},
		{fmt.Errorf("key: %w", invalid(errors.New("too long"))), 400, "key: too long"},
		{invalid(keys.ErrUnknown), 404, keys.ErrUnknown.Error()},
		{context.Canceled, 503, "context canceled"},
		{echo.ErrNotFound, 404, "no such path: /_admin/keys/{key}/nothing; GET /_admin/openapi.yaml lists the calls, and the console is /_admin/ui/"},
	} {
		w := httptest.NewRecorder()
		fail(c.err, echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/_admin/keys/geheim/nothing", http.NoBody), w))
		if want := fmt.Sprintf("{\"error\":%q}\n", c.body); w.Code != c.status || w.Body.String() != want {
			t.Errorf("%v: got %d %s, want %d %s", c.err, w.Code, w.Body, c.status, want)
		}
	}
}
