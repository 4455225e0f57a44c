package runner_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestRun_actions(t *testing.T) {
	t.Parallel()
	s := parse(t, `
target: amplitude
simulator: {clock_scale: 100, key_expires_in: 50s}
phases: [{for: 2500ms, rate: 100}]
devices: {count: 1000}
actions:
  - {at: 800ms, renew_key: true}
  - {at: 900ms, fault: {status: 503, for: 200s}}
  - {at: 1200ms, clear_faults: true}
  - {at: 1300ms, advance_clock: 1h}
  - {at: 1400ms, limits: {profile: strict, events_per_second: 1}}
  - {at: 1500ms, scale_clock: 1}
  - {at: 1600ms, expire_key: true}
  - {at: 1800ms, renew_key: true}
  - {at: 1900ms, fault: {reset: true, first: 3}}
  - {at: 2200ms, rotate_key: {overlap: 0s}}
expect: [400, 429, 503, no answer]
thresholds:
  - answers.400 > 0
  - answers.503 > 0
  - failed > answers.503   # the connections that were reset
  - lost == 0
  - unexpected == 0
`)
	sim := simtest.Start(t)
	key, err := runner.Prepare(t.Context(), sim.Control, s)
	if err != nil {
		t.Fatal(err)
	}
	target, err := loadgen.ParseTarget(loadgen.Amplitude, sim.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	summary, _, err := play(t.Context(), s, &runner.Env{Control: sim.Control, Key: key, Target: target})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range summary.Goals {
		if !g.Holds {
			t.Errorf("%s: %s", g.Threshold, g.Measured)
		}
	}
	var names []string
	for _, a := range summary.Scenario.Actions {
		names = append(names, a.Name)
		if a.Done < a.Planned {
			t.Errorf("%s was done at %v s, before %v s", a.Name, a.Done, a.Planned)
		}
	}
	want := "renew_key fault clear_faults advance_clock limits scale_clock expire_key renew_key fault rotate_key"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("actions %s\nwant    %s", got, want)
	}
	keys, err := sim.Control.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.APIKey == key && k.ExpiresAt == nil {
			t.Error("the key was rotated without overlap and does not end")
		}
	}
}

// A scenario that cannot be staged is no result.
func TestRun_actionFails(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 5m, rate: 10}]
actions: [{at: 10ms, give_key: true}]
thresholds: [lost == 0]
`)
	sim := simtest.Start(t)
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(sink.Close)
	target, err := loadgen.ParseTarget(loadgen.Exporter, sink.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, _, err = play(t.Context(), s, &runner.Env{Control: sim.Control, Key: sim.Key, Target: target})
	if err == nil || !strings.Contains(err.Error(), "action give_key at 10ms") {
		t.Errorf("Run = %v, want an error about give_key", err)
	}
	if took := time.Since(begin); took > 4*time.Minute {
		t.Errorf("it went on for %v", took)
	}
}
