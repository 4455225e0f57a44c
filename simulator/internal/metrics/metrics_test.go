package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/metrics"
)

// TestMetrics scrapes a service that has received one event, and one that has not.
func TestMetrics(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := clock.Stopped(now, func() time.Time { return now })
	s := ingestion.New(ingestion.Config{Clock: c, Journal: journal.New(1 << 20), Limits: limits.Published(), MaxTracked: 640})
	cohorts := cohort.New(c, "amplitude")
	t.Cleanup(cohorts.Close)
	handler := metrics.New(s, cohorts, "1.2.3")
	before := scrape(handler)
	if strings.Contains(before, "requests_total{") || !strings.Contains(before, "amplitude_simulator_projects 0") {
		t.Errorf("before any request: %s", before)
	}
	if _, err := s.CreateKey(control.Key{APIKey: "key-1"}); err != nil {
		t.Fatal(err)
	}
	s.Upload(ingestion.Request{
		Endpoint: &s.Batch, Body: []byte(`{"api_key":"key-1","events":[{"device_id":"device-1","event_type":"e","insert_id":"i"}]}`),
	})
	after := scrape(handler)
	for _, want := range []string{
		`requests_total{endpoint="/batch",status="200"} 1`, `events_total{outcome="accepted",reason=""} 1`, `tracked 1`, `tracked_max 640`,
		`tracked_saturation 0.0015625`, `insert_ids 1`, `projects 1`, `clock_seconds 1.767323045e+09`, `build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(after, "amplitude_simulator_"+want+"\n") {
			t.Errorf("no %q in:\n%s", want, after)
		}
	}
	if strings.Contains(after, "key-1") || strings.Contains(after, "device-1") {
		t.Error("metrics show a key or a device")
	}
}

func scrape(h http.Handler) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}
