package control

import (
	"context"
	"net/http"
	"time"
)

// Clock reads the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodGet, "/_admin/clock", nil, nil)
}

// SetClock moves the clock to an instant that is not before its present one.
func (c *Client) SetClock(ctx context.Context, to time.Time) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPut, "/_admin/clock", nil, map[string]any{"now": to})
}

// AdvanceClock moves the clock forward. When it returns, everything that hangs on
// the clock has seen the new time, and syncs of cohorts that became due have been
// tried. For a partner who does not answer, it waits no longer than five seconds.
func (c *Client) AdvanceClock(ctx context.Context, d time.Duration) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPost, "/_admin/clock/advance", nil, map[string]any{"seconds": d.Seconds()})
}

// FreezeClock stops the clock; advance and set still move it.
func (c *Client) FreezeClock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPost, "/_admin/clock/freeze", nil, nil)
}

// ScaleClock lets the clock run, factor simulated seconds per real second. It also
// ends a freeze.
func (c *Client) ScaleClock(ctx context.Context, factor float64) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPost, "/_admin/clock/scale", nil, map[string]any{"scale": factor})
}

// ResetClock lets the clock run at real speed from where it stands, or from the
// real time if that is later: the clock never goes back.
func (c *Client) ResetClock(ctx context.Context) (Clock, error) {
	return call[Clock](ctx, c, http.MethodPost, "/_admin/clock/reset", nil, nil)
}
