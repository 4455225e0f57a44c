package simulator_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestMetrics holds /metrics against a handful of requests with known fates.
func TestMetrics(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	sim := simtest.Start(
		t,
		simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), simulator.WithVersion("1.2.3"), simulator.WithMaxTracked(640),
		simulator.WithSeed(control.Seed{Cohorts: []control.Cohort{{ID: "c1", Name: "C", Sync: &control.CohortSync{URL: "http://127.0.0.1:1"}}}}),
	)
	send := func(path, events string) {
		t.Helper()
		resp, err := http.Post(sim.URL+path, "application/json", strings.NewReader(`{"api_key":"`+sim.Key+`","events":[`+events+`]}`))
		if err == nil {
			resp.Body.Close()
		}
	}
	event := `{"device_id":"device-1","event_type":"Tap","insert_id":"i1"}`
	send("/2/httpapi", event)
	send("/2/httpapi", event)
	send("/batch", `{"device_id":"device-2"}`)
	send("/nowhere", event)
	if _, err := sim.Control.AddFault(ctx, control.Fault{Do: control.FaultAction{EmptyReply: &control.EmptyReplyFault{}}}); err != nil {
		t.Fatal(err)
	}
	send("/batch", event)
	// What was counted stays counted.
	if err := sim.Control.Reset(ctx, sim.Key); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(sim.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`amplitude_simulator_requests_total{endpoint="/2/httpapi",status="200"} 2`,
		`amplitude_simulator_requests_total{endpoint="/batch",status="400"} 1`,
		`amplitude_simulator_requests_total{endpoint="/batch",status="none"} 1`,
		`amplitude_simulator_requests_total{endpoint="other",status="400"} 1`,
		`amplitude_simulator_events_total{outcome="accepted",reason=""} 1`,
		`amplitude_simulator_events_total{outcome="duplicate",reason="insert_id"} 1`,
		`amplitude_simulator_events_total{outcome="rejected",reason="missing_field"} 1`,
		`amplitude_simulator_events_total{outcome="faulted",reason="fault_empty_reply"} 1`,
		`amplitude_simulator_faults_fired_total{kind="empty_reply"} 1`,
		`amplitude_simulator_cohort_syncs{state="retrying"} 1`,
		`amplitude_simulator_tracked_max 640`,
		`amplitude_simulator_tracked_saturation 0`,
		`amplitude_simulator_clock_seconds 1.767323045e+09`,
		`amplitude_simulator_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(string(body), "\n"+want+"\n") {
			t.Errorf("/metrics has no line %s", want)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(string(body)) {
			if strings.HasPrefix(line, "amplitude") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}
