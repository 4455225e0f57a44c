// Package clock is the one clock of the simulator. Rate windows, quotas, key
// expiry, dedup and journal stamps all read it, so moving it moves everything.
//
// It runs at real speed unless it is changed, and never goes back. Time
// that must be real (timeouts, long polls) does not belong here.
package clock

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Epoch is the earliest instant of a clock, and Horizon the first that it refuses to
// reach. Windows count steps since the epoch in 32 bits, which lasts a little longer.
var (
	Epoch   = time.Unix(0, 0).UTC()
	Horizon = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// MaxScale is the fastest the clock may run, in simulated seconds per real second.
const MaxScale = 1e6

// Clock is a clock of simulated time. It is safe for concurrent use.
type Clock struct {
	wall func() time.Time

	mu     sync.Mutex // guards the rest
	at     time.Time  // simulated instant at the real instant since
	since  time.Time
	scale  float64
	frozen bool
}

// State is a reading of the clock.
type State struct {
	Now    time.Time
	Frozen bool
	Scale  float64
}

// Real returns a clock that runs with the system's clock.
func Real() *Clock { return New(time.Now) }

// New returns a clock that starts at wall() and runs at its speed. The readings
// of wall must not go back.
func New(wall func() time.Time) *Clock { return At(wall(), wall) }

// At returns a clock that starts at any instant and runs at the speed of wall.
func At(start time.Time, wall func() time.Time) *Clock {
	return &Clock{wall: wall, at: start, since: wall(), scale: 1}
}

// Stopped returns a clock that stands frozen at an instant, to the nanosecond.
func Stopped(at time.Time, wall func() time.Time) *Clock {
	c := At(at, wall)
	c.frozen = true
	return c
}

// Wall is the real time, for stamps that say when something really happened.
func (c *Clock) Wall() time.Time { return c.wall() }

// Now is the simulated time.
func (c *Clock) Now() time.Time {
	now, _ := c.Both()
	return now
}

// Both is one instant of simulated and of real time.
func (c *Clock) Both() (now, wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall = c.wall()
	return c.nowAt(wall), wall
}

// State reads the clock.
func (c *Clock) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state()
}

// Set moves the clock to an instant not before its present one.
func (c *Clock) Set(to time.Time) (State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.move(c.now(), to)
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) (State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	return c.move(now, now.Add(d))
}

// Freeze stops the clock where it stands. Set and Advance still move it.
func (c *Clock) Freeze() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rebase(c.now())
	c.frozen = true
	return c.state()
}

// Scale lets the clock run at factor simulated seconds per real second, and ends
// a freeze. The factor is above 0 and at most MaxScale.
func (c *Clock) Scale(factor float64) (State, error) {
	if !(factor > 0 && factor <= MaxScale) {
		return State{}, fmt.Errorf("scale %v: want a number above 0 and at most %g; to stop the clock, freeze it", factor, MaxScale)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rebase(c.now())
	c.scale, c.frozen = factor, false
	return c.state(), nil
}

// Reset lets the clock run at real speed from where it stands, or from the real
// time if that is later.
func (c *Clock) Reset() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if wall := c.wall(); wall.After(now) {
		now = wall
	}
	c.rebase(now)
	c.scale, c.frozen = 1, false
	return c.state()
}

// move moves the clock from its present reading. It runs on meanwhile: a second reading would be later.
func (c *Clock) move(now, to time.Time) (State, error) {
	if to.Before(now) {
		return State{}, fmt.Errorf("set the clock to %s: it stands at %s and only moves forward; start another simulator for an earlier time",
			to.UTC().Format(time.RFC3339Nano), now.UTC().Format(time.RFC3339Nano))
	}
	if !to.Before(Horizon) {
		return State{}, fmt.Errorf("set the clock to %s: it ends before %s", to.UTC().Format(time.RFC3339), Horizon.Format(time.RFC3339))
	}
	c.rebase(to)
	return c.state(), nil
}

func (c *Clock) rebase(at time.Time) { c.at, c.since = at, c.wall() }

func (c *Clock) now() time.Time { return c.nowAt(c.wall()) }

// nowAt is the simulated time at an instant of real time.
func (c *Clock) nowAt(wall time.Time) time.Time {
	if c.frozen {
		return c.at
	}
	elapsed := wall.Sub(c.since)
	if c.scale != 1 {
		elapsed = time.Duration(math.Min(float64(elapsed)*c.scale, math.MaxInt64/2))
	}
	if now := c.at.Add(elapsed); now.Before(Horizon) {
		return now
	}
	return Horizon.Add(-1)
}

func (c *Clock) state() State {
	return State{Now: c.now().UTC(), Frozen: c.frozen, Scale: c.scale}
}
