package specs

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

func TestClockRuns(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		moved  time.Duration
		scale  float64
		frozen bool
		want   string // in the error
	}{
		"real":          {moved: time.Second, scale: 1},
		"late answer":   {moved: 3 * time.Second, scale: 1},
		"scaled":        {moved: 30 * time.Second, scale: 30},
		"frozen":        {scale: 1, frozen: true, want: "is frozen"},
		"stands":        {scale: 1, want: "moved 0s"},
		"goes back":     {moved: -time.Second, scale: 1, want: "moved -1s"},
		"was advanced":  {moved: time.Hour, scale: 1, want: "moved 1h0m0s where it was to move 1s to 2s"},
		"slower scaled": {moved: time.Second, scale: 30, want: "was to move 30s to 1m0s"},
	} {
		after := control.Clock{Now: start.Add(tc.moved), Scale: tc.scale, Frozen: tc.frozen}
		err := clockRuns(control.Clock{Now: start}, after, time.Second, 2*time.Second)
		if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
	}
}

func TestProcessorHasTime(t *testing.T) {
	t.Parallel()
	const busy, idle = 300 * time.Millisecond, time.Millisecond
	if err := processorHasTime([]time.Duration{idle, busy, idle, idle}); err != nil {
		t.Errorf("late once: %v", err)
	}
	if err := processorHasTime([]time.Duration{busy, idle, busy, busy}); err == nil || !strings.Contains(err.Error(), "300ms late") {
		t.Errorf("late each time: %v", err)
	}
}

func TestWatchTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := watchTimers()
		synctest.Wait()
		if late := end(); late != 0 {
			t.Errorf("timers fired %s late where time passes as they do", late)
		}
	})
}

// With a clock that stands every pause is too short or without end, whatever the exporter does.
func TestExecute_judgesNothingByAFrozenClock(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	if _, err := sim.Control.FreezeClock(t.Context()); err != nil {
		t.Fatal(err)
	}
	target := Target{
		Subject: subject.Func(nil), SimulatorURL: sim.URL, Control: sim.Control,
		About: report.Subject{Part: report.Part{Name: "x"}, Capabilities: []string{requirement.CustomHTTP}},
	}
	results, err := Execute(t.Context(), target, Plan{LabelFilter: "req:CAP-001"})
	if !errors.Is(err, ErrAssumption) || len(results.Requirements) > 0 {
		t.Errorf("Execute = %d requirements, %v; want none and ErrAssumption", len(results.Requirements), err)
	}
}
