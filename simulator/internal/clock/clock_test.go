package clock_test

import (
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/clock"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// wall is a system clock that the test moves.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) read() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func TestClock(t *testing.T) {
	t.Parallel()
	w := &wall{now: start}
	c := clock.New(w.read)
	check := func(what string, want time.Duration) {
		t.Helper()
		if got := c.Now(); !got.Equal(start.Add(want)) {
			t.Errorf("%s: clock is at start%+v, want start%+v", what, got.Sub(start), want)
		}
	}
	check("new", 0)
	w.pass(time.Second)
	check("a second passed", time.Second)
	_, _ = c.Advance(time.Hour)
	check("advanced", time.Hour+time.Second)
	c.Freeze()
	w.pass(time.Minute)
	check("frozen", time.Hour+time.Second)
	_, _ = c.Advance(time.Second)
	check("advanced while frozen", time.Hour+2*time.Second)
	if _, err := c.Set(start); err == nil {
		t.Error("Set to an earlier instant: no error")
	}
	check("set back", time.Hour+2*time.Second)
	_, _ = c.Scale(60)
	w.pass(time.Minute)
	check("scaled by 60", 2*time.Hour+2*time.Second)
	c.Reset()
	check("reset while ahead of the system", 2*time.Hour+2*time.Second)
	w.pass(3 * time.Hour)
	check("at real speed again", 5*time.Hour+2*time.Second)
	c.Freeze()
	w.pass(24 * time.Hour)
	if got := c.Reset(); !got.Now.Equal(w.read()) || got.Frozen || got.Scale != 1 {
		t.Errorf("reset while behind the system: %+v, want %v at real speed", got, w.read())
	}
	if _, err := c.Set(clock.Horizon); err == nil {
		t.Error("Set to the horizon: no error")
	}
	for _, bad := range []float64{0, -1, 1e7} {
		if _, err := c.Scale(bad); err == nil {
			t.Errorf("Scale(%v): no error", bad)
		}
	}
}

// TestForwardOnly reads the clock while it is changed in every way.
func TestForwardOnly(t *testing.T) {
	t.Parallel()
	c := clock.Real()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			last := c.Now()
			for i := range 2000 {
				switch i % 50 {
				case 0:
					c.Freeze()
				case 10:
					_, _ = c.Scale(1000)
				case 20:
					_, _ = c.Advance(time.Millisecond)
				case 30:
					c.Reset()
				}
				now := c.Now()
				if now.Before(last) {
					t.Errorf("clock went from %v to %v", last, now)
					return
				}
				last = now
			}
		})
	}
	all.Wait()
}

// A clock that runs is later at each reading. An advance by less than that is forward all the
// same: on a fast clock that is half a second.
func TestAdvance_byLittle(t *testing.T) {
	t.Parallel()
	wall := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := clock.New(func() time.Time {
		wall = wall.Add(time.Microsecond)
		return wall
	})
	for _, scale := range []float64{1, clock.MaxScale} {
		if _, err := c.Scale(scale); err != nil {
			t.Fatal(err)
		}
		for _, d := range []time.Duration{0, time.Nanosecond, time.Second / 2} {
			before := c.Now()
			if s, err := c.Advance(d); err != nil || s.Now.Sub(before) < d {
				t.Errorf("Advance(%v) at scale %v: %v later, %v", d, scale, s.Now.Sub(before), err)
			}
		}
	}
}
