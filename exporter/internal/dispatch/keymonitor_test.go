package dispatch

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

const hour = time.Hour

// Each row is an answer, or the end of a wait, and what has to be done.
func TestKeyMonitor(t *testing.T) {
	t.Parallel()
	const setup, success, transient = delivery.AuthFailureClass, delivery.SuccessClass, "transient"
	type step struct {
		after   time.Duration // since the start
		class   string        // of an answer; empty: time passes
		refused bool          // after the answer
		want    keyActions
	}
	first := keyActions{change: keyRefused, persist: true, notify: true}
	accepted := keyActions{change: keyAccepted, persist: true, notify: true}
	for _, row := range []struct {
		name  string
		grace time.Duration
		steps []step
	}{
		{"a key that works", 48 * hour, []step{
			{0, success, false, keyActions{}},
			{hour, transient, false, keyActions{}},
			{100 * hour, "", false, keyActions{}},
		}},
		{"refused for less than the grace period", 48 * hour, []step{
			{0, setup, true, first},
			{47 * hour, setup, true, keyActions{}},
			{47 * hour, "", true, keyActions{}},
			{47 * hour, success, false, accepted},
			{49 * hour, "", false, keyActions{}},
		}},
		{"the end of the grace period is probed once", 48 * hour, []step{
			{0, setup, true, first},
			{48 * hour, "", true, keyActions{probe: true}},
			{49 * hour, "", true, keyActions{}},
			{49 * hour, setup, true, keyActions{drop: true}},
			{50 * hour, setup, true, keyActions{drop: true}},
			{51 * hour, success, false, accepted},
			{52 * hour, setup, true, first},
		}},
		{"only a refusal drops", 48 * hour, []step{
			{0, setup, true, first},
			{49 * hour, transient, true, keyActions{}},
			{49 * hour, "foreign", true, keyActions{}},
		}},
		{"without end", -1, []step{
			{0, setup, true, first},
			{1000 * hour, "", true, keyActions{}},
			{1000 * hour, setup, true, keyActions{}},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			k := keyMonitor{grace: row.grace}
			for i, s := range row.steps {
				now := start.Add(s.after)
				got := k.Advance(now)
				if s.class != "" {
					got = k.Observe(now, s.refused, s.class)
				}
				if got != s.want {
					t.Errorf("step %d: %+v, want %+v", i, got, s.want)
				}
			}
		})
	}
}

// What was dropped is reported once, and the sum when a key is accepted.
func TestKeyMonitor_dropped(t *testing.T) {
	t.Parallel()
	k := keyMonitor{grace: hour}
	k.Observe(start, true, delivery.AuthFailureClass)
	if got := k.Dropped(5); got != (keyActions{change: keyExpired, notify: true}) {
		t.Errorf("first drop: %+v", got)
	}
	if got := k.Dropped(2); got != (keyActions{}) {
		t.Errorf("second drop: %+v", got)
	}
	now := start.Add(2 * hour)
	k.Observe(now, false, delivery.SuccessClass)
	if got, want := k.State(now, 3), (status.KeyState{Since: now, Held: 3, Dropped: 7}); got != want {
		t.Errorf("state %+v, want %+v", got, want)
	}
	k.Observe(now, true, delivery.AuthFailureClass)
	if got, want := k.State(now, 3), (status.KeyState{Refused: true, Since: now, Held: 3}); got != want {
		t.Errorf("state %+v, want %+v", got, want)
	}
}

// A refusal before the start goes on, unless the clock says that it is in the future.
func TestKeyMonitor_resume(t *testing.T) {
	t.Parallel()
	k := keyMonitor{grace: 48 * hour}
	if got := k.Resume(start, start.Add(-47*hour)); got != (keyActions{change: keyResumed, notify: true}) {
		t.Errorf("resumed: %+v", got)
	}
	if end, ok := k.Deadline(); !ok || end != start.Add(hour) {
		t.Errorf("the grace period ends at %v, %v", end, ok)
	}
	if k.sawRefusal {
		t.Error("a refusal of another process counts as one of this")
	}
	k = keyMonitor{grace: 48 * hour}
	if got := k.Resume(start, start.Add(hour)); got.change != keyResumedLate {
		t.Errorf("after the clock was set back: %+v", got)
	}
	if end, _ := k.Deadline(); end != start.Add(48*hour) {
		t.Errorf("after the clock was set back the grace period ends at %v", end)
	}
}
