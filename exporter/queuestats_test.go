package exporter_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// The status pages show of a durable queue what is in it, for how long, and when
// it takes no more.
func TestExporter_durableStatus(t *testing.T) {
	t.Parallel()
	x, err := exporter.Open(t.Context(), exporter.Config{
		APIKey: "key", Transport: &refusing{}, Queue: exporter.Queue{Dir: t.TempDir(), MaxBytes: 1 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	stop := running(t, x)
	defer stop()
	const noBytes, noAge = "currents_exporter_queue_bytes 0\n", "currents_exporter_oldest_held_seconds 0\n"
	if got := scrape(t, x); !strings.Contains(got, noBytes) || !strings.Contains(got, noAge) {
		t.Errorf("metrics of an empty queue:\n%s", got)
	}
	ready := func() (int, string) {
		w := httptest.NewRecorder()
		x.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
		return w.Code, w.Body.String()
	}
	if err := x.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	full := false
	for i := 0; i < 1000 && !full; i++ {
		full = post(t, x, string(distinct(strconv.Itoa(i), 500))).Code == http.StatusServiceUnavailable
	}
	if !full {
		t.Fatal("the queue never was full")
	}
	if code, body := ready(); code != http.StatusServiceUnavailable || !strings.Contains(body, "queue is full") {
		t.Errorf("readyz with a full queue: %d %s", code, body)
	}
	if got := scrape(t, x); strings.Contains(got, noBytes) || strings.Contains(got, noAge) {
		t.Errorf("metrics of a full queue:\n%s", got)
	}
}
