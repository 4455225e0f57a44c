package runner_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/pace"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// replay is a load that is a scenario of one phase and has no plan of single events.
func replay(t *testing.T, kind loadgen.Kind, apiKey string, settle time.Duration) *runner.Load {
	t.Helper()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	ids := loadgen.Identities{Seed: 1}
	events, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{Kind: kind, APIKey: apiKey, Identities: ids, Devices: true})
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: pace.Constant{PerSecond: 1000}, For: 200 * time.Millisecond}}, Batch: 10,
		Mix: loadgen.Rounds{Seed: 1, Payloads: len(events.Payloads), Devices: 500},
	}.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	return &runner.Load{
		Scenario: &scenario.Scenario{Name: "replay", Target: kind, Settle: scenario.Duration(settle)},
		Plan:     &scenario.Compiled{Schedule: schedule, Devices: 500}, Encoder: events, Payloads: events.Payloads,
		IDs: ids, DeviceID: ids.Device, DeviceLimit: 30,
	}
}

// A replay compares both ends by their counts, and reads the delays.
func TestRun_replay(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	target, err := loadgen.ParseTarget(loadgen.Amplitude, sim.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	env := &runner.Env{Target: target, Control: sim.Control, Key: sim.Key}
	s, _, err := runner.Run(t.Context(), replay(t, loadgen.Amplitude, sim.Key, time.Minute), env, config())
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Conservation; c == nil || !c.Holds() || c.Expected != 200 || c.Settled != 200 || s.Delivery.All.Count != 200 || !s.Delivery.Complete {
		t.Errorf("conservation %+v, delivery %+v; want 200 of 200", c, s.Delivery)
	}
	if s.Goals != nil || s.Ledger != nil || s.Scenario != nil {
		t.Errorf("goals %v, ledger %v, scenario %v; want none", s.Goals, s.Ledger, s.Scenario)
	}
}

// What a target took and did not deliver is lost; without a simulator that is not known.
func TestRun_replayLoss(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(sink.Close)
	target, err := loadgen.ParseTarget(loadgen.Exporter, sink.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	load := replay(t, loadgen.Exporter, "", 10*time.Millisecond)
	s, _, err := runner.Run(t.Context(), load, &runner.Env{Target: target, Control: sim.Control, Key: sim.Key}, config())
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Conservation; c.Lost == 0 || c.Lost != c.Expected || c.Settled != 0 {
		t.Errorf("conservation %+v, want all lost", c)
	}
	s, _, err = runner.Run(t.Context(), load, &runner.Env{Target: target}, config())
	if err != nil {
		t.Fatal(err)
	}
	if s.Conservation != nil || s.Delivery != nil || s.Events.Accepted != 200 {
		t.Errorf("conservation %v, delivery %v, %d accepted; want neither and 200", s.Conservation, s.Delivery, s.Events.Accepted)
	}
}
