package clock

import (
	"math"
	"time"
)

// AfterFunc calls f in a goroutine of its own when the clock, as it runs now, gets
// to an instant. A frozen clock never gets there. A later change of the
// clock does not reschedule f; call AfterFunc again. The result cancels the call and
// reports whether that was in time.
func (c *Clock) AfterFunc(at time.Time, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		return func() bool { return true }
	}
	wait := math.Ceil(float64(at.Sub(c.now())) / c.scale)
	return time.AfterFunc(time.Duration(min(wait, math.MaxInt64/2)), f).Stop
}
