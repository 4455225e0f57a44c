package runner_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
)

// missing does not answer some of the looks.
type missing struct {
	runner.Exporter
	asked atomic.Int64
}

func (m *missing) Ledger(ctx context.Context) (loadgen.ExporterLedger, error) {
	if n := m.asked.Add(1); n > 1 && n < 4 {
		return loadgen.ExporterLedger{}, errors.New("connection reset")
	}
	return m.Exporter.Ledger(ctx)
}

// An exporter that misses a look while its events settle does not void the run.
func TestRun_settlesThroughMissedLooks(t *testing.T) {
	t.Parallel()
	s := parse(t, "phases:\n  - {name: a, for: 200ms, rate: 50}\nthresholds: [lost == 0]\n")
	on := exporterEnv(t, s, nil)
	on.Exporter = &missing{Exporter: on.Exporter}
	summary, _, err := play(t.Context(), s, on)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Broken() != 0 || summary.Conservation.Lost != 0 {
		t.Errorf("%d thresholds broken, %d lost", summary.Broken(), summary.Conservation.Lost)
	}
}

// stopping ends the run at the first look.
type stopping struct {
	runner.Exporter
	asked atomic.Int64
	stop  context.CancelFunc
}

func (s *stopping) Ledger(ctx context.Context) (loadgen.ExporterLedger, error) {
	if s.asked.Add(1) > 1 {
		s.stop()
		return loadgen.ExporterLedger{}, ctx.Err()
	}
	return s.Exporter.Ledger(ctx)
}

// An interrupt while events settle keeps the report of what was sent.
func TestRun_interruptedWhileSettling(t *testing.T) {
	t.Parallel()
	s := parse(t, "phases:\n  - {name: a, for: 200ms, rate: 50}\nthresholds: [lost == 0]\n")
	on := exporterEnv(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	on.Exporter = &stopping{Exporter: on.Exporter, stop: cancel}
	summary, result, err := play(ctx, s, on)
	if err != nil || result == nil {
		t.Fatalf("%v, want the result of what was sent", err)
	}
	if summary.Verdict != loadgen.Interrupted || summary.Conservation != nil || summary.Sends.Answered == 0 {
		t.Errorf("verdict %q, conservation %v, %d answered", summary.Verdict, summary.Conservation, summary.Sends.Answered)
	}
	if err := summary.Validate(); err != nil {
		t.Error(err)
	}
}
