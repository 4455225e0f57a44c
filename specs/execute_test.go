package specs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/simulator/simtest"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// targetAt is a subject at a simulator of its own.
func targetAt(t *testing.T, name string, subject specs.Subject) specs.Target {
	t.Helper()
	sim := simtest.Start(t)
	return specs.Target{
		Subject: subject, SimulatorURL: sim.URL, Control: sim.Control,
		About: report.Subject{Part: report.Part{Name: name}, Capabilities: []string{requirement.CustomHTTP}},
	}
}

func TestExecute_twoTargetsInOneProcess(t *testing.T) {
	t.Parallel()
	noStart := specs.SubjectFunc(func(context.Context, specs.Env) (specs.Instance, error) {
		return nil, errors.New("no such exporter")
	})
	var calls sync.WaitGroup
	for _, c := range []struct {
		target       specs.Target
		first, other report.Outcome
	}{
		{targetAt(t, "ours", inProcess), report.Pass, report.Pass},
		{targetAt(t, "none", noStart), report.Error, report.NotRun},
	} {
		calls.Go(func() {
			results, err := specs.Execute(t.Context(), c.target, specs.Plan{LabelFilter: "req:CAP-001 || req:DROP-002", Seed: 1})
			if err != nil || len(results.Requirements) != 2 {
				t.Errorf("%s: %d rows, %v", c.target.About.Name, len(results.Requirements), err)
				return
			}
			got := map[report.Outcome]int{}
			for _, row := range results.Requirements {
				got[row.Outcome]++
			}
			want := map[report.Outcome]int{}
			want[c.first]++
			want[c.other]++
			for outcome, n := range want {
				if got[outcome] != n {
					t.Errorf("%s: %v, want %v", c.target.About.Name, got, want)
				}
			}
		})
	}
	calls.Wait()
}

// An exporter that hangs does not hold up a run that was stopped.
func TestExecute_endsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	hangs := specs.SubjectFunc(func(ctx context.Context, _ specs.Env) (specs.Instance, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	target := targetAt(t, "hangs", hangs)
	target.Timings = specs.Timings{ThrottlePause: time.Second, QuotaPause: time.Second, KeyProbe: time.Second}
	results, err := specs.Execute(ctx, target, specs.Plan{LabelFilter: "level:must"})
	if err != nil {
		t.Fatal(err)
	}
	if got := results.Summary().ExitCode(); got != report.ExitHarness {
		t.Errorf("a run that was stopped gives exit code %d, want %d", got, report.ExitHarness)
	}
	for _, row := range results.Requirements {
		if row.Outcome == report.Pass {
			t.Errorf("%s passes", row.ID)
		}
	}
}

// A run that is stopped while an exporter starts says nothing about the exporter.
func TestExecute_stoppedWhileItStarts(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	slow := specs.SubjectFunc(func(ctx context.Context, _ specs.Env) (specs.Instance, error) {
		cancel()
		<-ctx.Done()
		return nil, fmt.Errorf("%w: nothing answered in time", subject.ErrNotReady)
	})
	target := targetAt(t, "slow", slow)
	results, err := specs.Execute(ctx, target, specs.Plan{LabelFilter: "req:CAP-001"})
	if err != nil {
		t.Fatal(err)
	}
	if got := results.Summary().ExitCode(); got != report.ExitHarness {
		t.Errorf("exit code %d, want %d", got, report.ExitHarness)
	}
	for _, row := range results.Requirements {
		if row.Outcome == report.Fail {
			t.Errorf("%s fails: %s", row.ID, row.Evidence)
		}
	}
}
