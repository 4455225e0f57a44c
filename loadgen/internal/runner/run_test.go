package runner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestRun_exporter(t *testing.T) {
	t.Parallel()
	s := parse(t, flood+`
thresholds:
  - throttled_events > 0
  - throttled_devices == 1
  - throttled_others == 0
  - lost == 0
  - delivered == expected
  - delivered == planned.deliverable
  - duplicates == planned.duplicates
  - reordered == 0
  - other_p99_ratio < 20
  - hot_max > 100ms
  - dropped.unaddressable == planned.unaddressable
  - dropped.malformed == 0
  - held == 0
  - answers.200 > 0
  - amplitude.429 > 0
  - waste >= 1
  - settled_in < 20s
`)
	// Without duplicates of events that an exporter drops, the simulator
	// recognizes all of them.
	s.IDs, s.Malformed = scenario.IDs{Identified: 0.9, Anonymous: 0.1}, 0
	summary := through(t, s, nil)
	for _, g := range summary.Goals {
		if !g.Holds {
			t.Errorf("%s: %s", g.Threshold, g.Measured)
		}
	}
	if answers, failed := runner.Unexpected(s, summary); answers != 0 || failed != 0 {
		t.Errorf("%d unexpected answers, %d failed: %v", answers, failed, summary.Statuses)
	}
	if summary.Scenario.Name != "test" || summary.Plan.DeviceLimit != 20 || summary.Delivery == nil {
		t.Errorf("summary of %+v, plan %+v, delivery %v", summary.Scenario, summary.Plan, summary.Delivery)
	}
}

func TestRun_sameSeedSameLedger(t *testing.T) {
	t.Parallel()
	s := parse(t, flood+"thresholds: [lost == 0]\n")
	first, second := through(t, s, nil), through(t, s, nil)
	if diff := cmp.Diff(first.Ledger, second.Ledger); diff != "" {
		t.Errorf("ledgers of two runs (- first, + second):\n%s", diff)
	}
	if l := first.Ledger; l.Planned.Malformed == 0 || l.Exporter.Dropped["malformed"] != 0 || l.Lost != 0 {
		t.Errorf("ledger %+v, exporter %+v", l, l.Exporter)
	}
	s.Seed++
	if other := through(t, s, nil); cmp.Equal(first.Ledger, other.Ledger) {
		t.Error("another seed gives the same ledger")
	}
}

// A running exporter and its key have a past, which does not count: the second play on
// the same stage says the same as the first.
func TestRun_pastDoesNotCount(t *testing.T) {
	t.Parallel()
	s := parse(t, `
seed: 3
phases: [{for: 300ms, rate: 200}]
devices: {count: 20}
ids: {identified: 0.8, unaddressable: 0.2}
duplicates: 0.1
thresholds: [waste < 1.5, read == planned.events, dropped.unaddressable == planned.unaddressable, duplicates == planned.duplicates]
`)
	on := exporterEnv(t, s, nil)
	on.Reused = true
	var plays [2]*loadgen.Summary
	for i := range plays {
		summary, _, err := play(t.Context(), s, on)
		if err != nil {
			t.Fatal(err)
		}
		for goal, holds := range goals(summary) {
			if !holds {
				t.Errorf("play %d: %s does not hold: %+v", i+1, goal, summary.Goals)
			}
		}
		plays[i] = summary
	}
	if diff := cmp.Diff(plays[0].Ledger, plays[1].Ledger); diff != "" {
		t.Errorf("ledgers of the first and of the second play:\n%s", diff)
	}
	if first, second := plays[0].Amplitude.Outcomes, plays[1].Amplitude.Outcomes; !cmp.Equal(first, second) {
		t.Errorf("at Amplitude %v happened first, %v then", first, second)
	}
}

// Straight at the simulator: what is refused and why.
func TestRun_amplitude(t *testing.T) {
	t.Parallel()
	s := parse(t, `
target: amplitude
phases: [{name: calm, for: 300ms, rate: 100}, {name: flood, for: 1s, rate: 200}]
batch: 5
simulator: {limits: {profile: strict}}
devices: {count: 100, hot: [{share: 0.5, phases: [flood]}]}
mistakes: {short_ids: 0.05, seconds: 0.1}
malformed: 0.02
expect: [400, 429]
thresholds:
  - throttled_events > 0
  - throttled_others == 0
  - neighbors > 0
  - rejected > 0
  - stored_in_1970 > 0
  - lost == 0
  - unexpected == 0
  - delivered == expected
  - read == 0
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
		// There is no exporter to ask.
		if want := g.Threshold != "read == 0"; g.Holds != want {
			t.Errorf("%s: holds %v (%s), want %v", g.Threshold, g.Holds, g.Measured, want)
		}
	}
	if summary.Ledger.Exporter != nil {
		t.Error("there is a ledger of an exporter that does not exist")
	}
}
