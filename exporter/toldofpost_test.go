package exporter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// A post of millions of records that are none takes no memory for each of them: all are
// counted, some are told.
func TestHandler_manyBadEvents(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	x, err := exporter.Open(t.Context(), exporter.Config{
		URL: "http://127.0.0.1:1", APIKey: "key-0123456789", OnBadInput: func(error) { told.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	body := `{"events":[` + strings.Repeat("0,", 5000) +
		`{"event_type":"users.messages.email.Open","id":"e-1","time":1767369844,"user":{"external_user_id":"ann"},"properties":{}}]}`
	w := httptest.NewRecorder()
	x.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body)))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if n := x.Ledger().Dropped["malformed"]; n != 5000 {
		t.Errorf("%d counted as malformed, want 5000", n)
	}
	if n := told.Load(); n != 1000 {
		t.Errorf("%d told, want 1000", n)
	}
}
