package runner_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func parse(tb testing.TB, text string) *scenario.Scenario {
	tb.Helper()
	s, err := scenario.Parse("test.yaml", []byte("name: test\ndescription: Something happens.\nscale: real time\n"+text))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// config plays without asking for punctuality: the machine that runs the tests may
// be busy.
func config() runner.Config {
	return runner.Config{Now: time.Now, Version: "test", Tolerance: time.Second, MaxLate: 1}
}

// play compiles a scenario and runs it.
func play(ctx context.Context, s *scenario.Scenario, env *runner.Env) (*loadgen.Summary, *loadgen.Result, error) {
	load, err := runner.FromScenario(s, env, time.Now())
	if err != nil {
		return nil, nil, err
	}
	return runner.Run(ctx, load, env, config())
}

// through plays a scenario against an exporter and a simulator of this process.
// What the exporter sends goes through spoil, if that is given.
func through(t *testing.T, s *scenario.Scenario, spoil func(next http.Handler) http.Handler) *loadgen.Summary {
	t.Helper()
	summary, _, err := play(t.Context(), s, exporterEnv(t, s, spoil))
	if err != nil {
		t.Fatal(err)
	}
	if err := summary.Validate(); err != nil {
		t.Error(err)
	}
	return summary
}

func exporterEnv(t *testing.T, s *scenario.Scenario, spoil func(next http.Handler) http.Handler) *runner.Env {
	t.Helper()
	sim := simtest.Start(t)
	key, err := runner.Prepare(t.Context(), sim.Control, s)
	if err != nil {
		t.Fatal(err)
	}
	to := sim.URL
	if spoil != nil {
		front := httptest.NewServer(spoil(forward(t, sim.URL)))
		t.Cleanup(front.Close)
		to = front.URL
	}
	x, err := exporter.Open(t.Context(), exporter.Config{URL: to, APIKey: key, ThrottlePause: s.Exporter.ThrottlePause.Value()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Errorf("exporter: %v", err)
		}
	})
	server := httptest.NewServer(x.Handler())
	t.Cleanup(func() { server.Close(); stop(); work.Wait() })
	target, err := loadgen.ParseTarget(loadgen.Exporter, server.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	return &runner.Env{Control: sim.Control, Key: key, Target: target, Exporter: runner.Stats{URL: server.URL}}
}

// forward sends requests on to a server.
func forward(t *testing.T, to string) http.Handler {
	t.Helper()
	base, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.RequestURI, out.Host, out.URL = "", "", base.ResolveReference(r.URL)
		resp, err := http.DefaultClient.Do(out)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

// goals maps thresholds to whether they held.
func goals(s *loadgen.Summary) map[string]bool {
	m := map[string]bool{}
	for _, g := range s.Goals {
		m[g.Threshold] = g.Holds
	}
	return m
}

const flood = `
seed: 9
simulator: {limits: {events_per_second: 20, window: 1s}}
exporter: {throttle_pause: 300ms}
phases:
  - {name: quiet, for: 500ms, rate: 100}
  - {name: flood, for: 1s, rate: 100}
devices: {count: 50, hot: [{rate: 45, phases: [flood]}]}
ids: {identified: 0.8, anonymous: 0.1, unaddressable: 0.1}
duplicates: 0.05
malformed: 0.02
expect: [400]
`
