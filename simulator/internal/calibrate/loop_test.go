package calibrate_test

import (
	std "cmp"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Limits of the simulators here, smaller than those published so that little has to be sent:
// the quota takes three windows of /batch.
const (
	quota     = 5_000
	batchRate = 100
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// virtual is a clock whose sleeps move the clock of a simulator.
type virtual struct {
	sim *simtest.Server
	now time.Time
}

func (v *virtual) Now() time.Time { return v.now }

func (v *virtual) Sleep(ctx context.Context, d time.Duration) error {
	v.now = v.now.Add(d)
	_, err := v.sim.Control.AdvanceClock(ctx, d)
	return err
}

// bench starts a simulator that has all that probes can ask for: two keys of one
// organization, a key of the other region and a Braze workspace. Its clock stands still.
func bench(t *testing.T, opts ...simulator.Option) calibrate.Config {
	t.Helper()
	const key, other = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	sim := simtest.Start(t, append([]simulator.Option{
		simtest.FrozenAt(start), simulator.WithJournalBytes(0), simulator.WithLimits(control.Limits{DailyQuota: new(quota), BatchEventsPerSecond: new(batchRate)}),
		simulator.WithKeys(
			control.Key{APIKey: key, Region: "us", Project: "one", Organization: "acme"},
			control.Key{APIKey: other, Region: "us", Project: "two", Organization: "acme"},
		),
		simulator.WithSeed(control.Seed{BrazeWorkspaces: []control.BrazeWorkspace{{Name: "w", PartnerAPIKey: "partner-key", ClientSecret: "client-secret"}}}),
	}, opts...)...)
	numbers := probe.Published()
	numbers.Quota, numbers.BatchRate = quota, batchRate
	return calibrate.Config{
		URL: sim.URL, Key: key, Region: "us", Run: "r1", Program: "test", Limits: true, Texts: true, Numbers: numbers,
		OtherKey: other, OtherRegionURL: sim.RegionURL("eu"),
		BrazeURL: sim.URL, BrazePartnerKey: "partner-key", BrazeClientSecret: "client-secret",
		Client: sim.Client(), Clock: &virtual{sim, start},
	}
}

// seen is what a calibration observed that is not as the default, in words.
func seen(c *calibrate.Calibration) map[string]string {
	all := map[string]string{}
	for _, r := range c.Rows {
		if r.Verdict.Observed() && r.Verdict != calibrate.Default {
			all[r.Name] = std.Or(r.Value, "differs")
		}
	}
	return all
}

// unobserved are the rows that a calibration could not observe, and why.
func unobserved(c *calibrate.Calibration) map[string]string {
	all := map[string]string{}
	for _, r := range c.Rows {
		if !r.Verdict.Observed() {
			all[r.Name] = string(r.Verdict) + ": " + r.Why
		}
	}
	return all
}

// setup is what a simulator needs besides a switch so that the switch can be seen, and what
// else is then seen.
type setup struct {
	behavior map[string]string
	limits   control.Limits
	also     map[string]string
}

var setups = map[string]setup{
	"dedup_without_device": {behavior: map[string]string{"duplicates_ingested": "subtracted"}, also: map[string]string{"duplicates_ingested": "subtracted"}},
	"project_limit_answer": {limits: control.Limits{ProjectEventsPerSecond: new(1500)}, also: map[string]string{"project_limits": "differs"}},
}

// TestClosedLoop starts a simulator with every switch at every alternative. Exactly that
// switch is found, at both endpoints, or the table says why it cannot be.
func TestClosedLoop(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("calibrates 50 simulators, which takes the race detector minutes")
	}
	hidden := probe.Hidden()
	for _, row := range simulator.Fidelity() {
		for _, value := range append([]string{row.Default}, row.Alternatives...) {
			if !row.Switch() || value == row.Default && setups[row.Name].also == nil {
				continue
			}
			t.Run(row.Name+"="+value, func(t *testing.T) {
				t.Parallel()
				with := setups[row.Name]
				opts := []simulator.Option{simulator.WithBehavior(row.Name, value), simulator.WithLimits(with.limits)}
				for name, value := range with.behavior {
					opts = append(opts, simulator.WithBehavior(name, value))
				}
				result, err := calibrate.Run(t.Context(), bench(t, opts...))
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]string{}
				maps.Copy(want, with.also)
				_, unseen := hidden[row.Name]
				switch {
				case unseen || value == row.Default:
				case row.Name == "braze_partner_name":
					want[row.Name] = "differs" // no request shows which name it is
				default:
					want[row.Name] = value
				}
				if diff := cmp.Diff(want, seen(result)); diff != "" {
					t.Errorf("found (-want +got):\n%s", diff)
				}
				if got := result.Row(row.Name); unseen == got.Verdict.Observed() {
					t.Errorf("%s: %+v; want it observed unless it is hidden", row.Name, got)
				}
				if result.Stopped != "" {
					t.Errorf("stopped: %s", result.Stopped)
				}
			})
		}
	}
}

// TestRun_default observes every row that can be seen as the default.
func TestRun_default(t *testing.T) {
	t.Parallel()
	result, err := calibrate.Run(t.Context(), bench(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := seen(result); len(got) > 0 {
		t.Errorf("found %v in a simulator without switches", got)
	}
	want := slices.Sorted(maps.Keys(probe.Hidden()))
	want = append(want, "dedup_without_device", "project_limit_answer") // see setups
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(unobserved(result)))); diff != "" {
		t.Errorf("not observed (-want +got):\n%s\n%v", diff, unobserved(result))
	}
}
