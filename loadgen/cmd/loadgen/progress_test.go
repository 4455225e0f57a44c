package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
)

// A log has each action of the scenario once, and when it was done.
func TestLines_actions(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	view := &lines{w: &out}
	fault := loadgen.DoneAction{Name: "fault", Planned: 2, Done: 2.01}
	status := func(seconds int, actions ...loadgen.DoneAction) runner.Status {
		return runner.Status{Live: loadgen.Live{Elapsed: time.Duration(seconds) * time.Second, Duration: 9 * time.Second}, Actions: actions}
	}
	view.update(status(1))
	out.Reset()
	view.update(status(5, fault))
	view.update(runner.Status{Sent: true, Actions: []loadgen.DoneAction{fault, {Name: "clear_faults", Planned: 8, Done: 8.2}}})
	held := uint64(3)
	view.update(runner.Status{Sent: true, Waited: time.Second, Held: &held})
	const want = "loadgen: fault at 2.0s\n" +
		"loadgen: 5s of 9s  offered 0/s  achieved 0/s  p50 0s  p99 0s  accepted 0  throttled 0  late 0  dropped 0\n" +
		"loadgen: clear_faults at 8.2s\n" +
		"loadgen: all is sent; the exporter still holds 3 events after 1s\n"
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
	if got, want := when(status(5, fault)), "5s of 9s  fault at 2.0s"; got != want {
		t.Errorf("the bar says %q, want %q", got, want)
	}
	if got, want := when(status(30)), "9s of 9s, waits for answers for 21s"; got != want {
		t.Errorf("after the plan the bar says %q, want %q", got, want)
	}
}
