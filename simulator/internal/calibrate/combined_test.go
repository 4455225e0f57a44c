package calibrate_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
	"github.com/ammeter/ammeter/simulator/internal/config"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// TestCombined sets many switches at once. What is observed is right, whatever hides the
// others, and a simulator that is configured by the result is observed as the same.
func TestCombined(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			chosen := map[string]string{}
			for _, row := range simulator.Fidelity() {
				// Under another name of the partner nothing of Braze can be seen.
				if row.Switch() && row.Name != "braze_partner_name" && random.IntN(3) == 0 {
					chosen[row.Name] = row.Alternatives[random.IntN(len(row.Alternatives))]
				}
			}
			result, err := calibrate.Run(t.Context(), bench(t, switches(chosen)...))
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range simulator.Fidelity() {
				want, set := chosen[row.Name]
				if !set {
					want = row.Default
				}
				switch got := result.Row(row.Name); {
				case got.Verdict == calibrate.Differs, got.Verdict.Observed() && got.Value != want:
					t.Errorf("%s is %q, observed: %s %q %s", row.Name, want, got.Verdict, got.Value, got.Why)
				case !got.Verdict.Observed() && got.Why == "":
					t.Errorf("%s is not observed, without a reason: %+v", row.Name, got)
				}
			}
			text, err := result.Behavior()
			if err != nil {
				t.Fatal(err)
			}
			again, err := calibrate.Run(t.Context(), bench(t, configured(t, text)...))
			if err != nil {
				t.Fatal(err)
			}
			if changed, onlyBefore, _ := calibrate.Compare(result, again); len(changed)+len(onlyBefore) > 0 {
				t.Errorf("configured by\n%s\nobserved otherwise: %+v, no longer: %v", text, changed, onlyBefore)
			}
		})
	}
}

func switches(chosen map[string]string) []simulator.Option {
	var opts []simulator.Option
	for name, value := range chosen {
		opts = append(opts, simulator.WithBehavior(name, value))
	}
	return opts
}

// configured are the options that a configuration file stands for.
func configured(t *testing.T, text []byte) []simulator.Option {
	t.Helper()
	path := filepath.Join(t.TempDir(), "behavior.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return append(switches(file.Behavior), simulator.WithLimits(file.Limits))
}

// TestRun_otherRate finds a rate that is not the published one, makes the probes of rates
// for it, and has it in the configuration.
func TestRun_otherRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate, batch int
		want        map[string]int
	}{
		{10, batchRate, map[string]int{"events_per_second": 10}},
		{30, 50, map[string]int{"batch_events_per_second": 50}},
	} {
		result, err := calibrate.Run(t.Context(), bench(t,
			simulator.WithLimits(control.Limits{EventsPerSecond: new(c.rate), BatchEventsPerSecond: new(c.batch)}),
			simulator.WithBehavior("rejected_events_count", "yes"),
		))
		if err != nil {
			t.Fatal(err)
		}
		if got := seen(result); got["eps_threshold"] != "differs" || got["rejected_events_count"] != "yes" || len(got) != 2 {
			t.Errorf("rates %d and %d: found %v, want these two", c.rate, c.batch, got)
		}
		if fmt.Sprint(result.Limits) != fmt.Sprint(c.want) {
			t.Errorf("limits %v, want %v", result.Limits, c.want)
		}
		if got := result.Row("rate_window"); got.Verdict != calibrate.Default {
			t.Errorf("rate_window: %+v, want it probed for the rate that was seen", got)
		}
		text, err := result.Behavior()
		if err != nil {
			t.Fatal(err)
		}
		again, err := calibrate.Run(t.Context(), bench(t, configured(t, text)...))
		if err != nil {
			t.Fatal(err)
		}
		if changed, _, _ := calibrate.Compare(result, again); len(changed) > 0 {
			t.Errorf("configured by\n%s\nobserved otherwise: %+v", text, changed)
		}
	}
}

// TestRun_otherLimits has no finding where a probe cannot be made as meant.
func TestRun_otherLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits control.Limits
		want   map[string]string // found
		none   []string          // not observed
	}{
		"no rate on /2/httpapi": {
			control.Limits{EventsPerSecond: new(0)},
			nil,
			[]string{"rate_window", "rejected_events_count", "rejection_429", "rate_scope", "long_strings", "daily_quota", "duplicates_count"},
		},
		"a higher rate": {control.Limits{EventsPerSecond: new(500)}, nil, []string{"rate_window", "rate_comparison", "rejection_429"}},
		"another window": {
			// With the rate of /batch that the simulators here have, a second would hold 100.
			control.Limits{Profile: control.Strict, BatchEventsPerSecond: new(1000)},
			map[string]string{"eps_threshold": "differs", "rate_window": "differs"},
			[]string{"rate_comparison", "rejection_429", "daily_quota_start"},
		},
		"users are not limited": {control.Limits{Users: new(false)}, map[string]string{"rate_of_users": "differs"}, nil},
		"another quota":         {control.Limits{DailyQuota: new(3000)}, map[string]string{"daily_quota": "differs"}, nil},
		"the Starter plan": {
			control.Limits{Profile: control.Starter}, map[string]string{"project_limits": "differs"}, []string{"daily_quota", "daily_quota_start"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := calibrate.Run(t.Context(), bench(t, simulator.WithLimits(c.limits)))
			if err != nil {
				t.Fatal(err)
			}
			if got := seen(result); len(got) != len(c.want) || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			for _, row := range c.none {
				if got := result.Row(row); got.Verdict.Observed() || got.Why == "" {
					t.Errorf("%s: %+v, want a reason why it was not observed", row, got)
				}
			}
		})
	}
}

// TestRun_published reaches the published limits, half a million events, in virtual time.
func TestRun_published(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("sends half a million events")
	}
	cfg := bench(t, simulator.WithLimits(control.Limits{DailyQuota: new(500_000), BatchEventsPerSecond: new(1000)}))
	cfg.Numbers = probe.Published()
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := seen(result); len(got) > 0 {
		t.Errorf("found %v in a simulator without switches", got)
	}
	for _, row := range []string{"rate_comparison", "eps_threshold", "daily_quota", "daily_quota_start", "daily_quota_maps_httpapi"} {
		if got := result.Row(row); got.Verdict != calibrate.Default {
			t.Errorf("%s: %+v, want the default", row, got)
		}
	}
	plan := cfg.Plan()
	if took := cfg.Clock.Now().Sub(start); result.Requests > plan.Requests || result.Events > plan.Events || took > plan.Duration {
		t.Errorf("%d requests, %d events, %s; the plan said at most %+v", result.Requests, result.Events, took, plan)
	}
	t.Logf("%d requests, %d events, %s of virtual time; plan %+v", result.Requests, result.Events, cfg.Clock.Now().Sub(start), plan)
}
