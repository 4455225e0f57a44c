package control

import (
	"context"
	"net/http"
	"time"
)

// Clock reads the clock.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	var now Clock
	err := c.call(ctx, http.MethodGet, "/_admin/clock", nil, nil, &now)
	return now, err
}

// SetClock moves the clock to an instant that is not before its present one.
func (c *Client) SetClock(ctx context.Context, to time.Time) (Clock, error) {
	return c.clock(ctx, http.MethodPut, "/_admin/clock", map[string]any{"now": to})
}

// AdvanceClock moves the clock forward. When it returns, everything that hangs on
// the clock has seen the new time.
func (c *Client) AdvanceClock(ctx context.Context, d time.Duration) (Clock, error) {
	return c.clock(ctx, http.MethodPost, "/_admin/clock/advance", map[string]any{"seconds": d.Seconds()})
}

// FreezeClock stops the clock; advance and set still move it.
func (c *Client) FreezeClock(ctx context.Context) (Clock, error) {
	return c.clock(ctx, http.MethodPost, "/_admin/clock/freeze", nil)
}

// ScaleClock lets the clock run, factor simulated seconds per real second. It also
// ends a freeze.
func (c *Client) ScaleClock(ctx context.Context, factor float64) (Clock, error) {
	return c.clock(ctx, http.MethodPost, "/_admin/clock/scale", map[string]any{"scale": factor})
}

// ResetClock lets the clock run at real speed from where it stands, or from the
// real time if that is later: the clock never goes back.
func (c *Client) ResetClock(ctx context.Context) (Clock, error) {
	return c.clock(ctx, http.MethodPost, "/_admin/clock/reset", nil)
}

func (c *Client) clock(ctx context.Context, method, path string, in any) (Clock, error) {
	var now Clock
	err := c.call(ctx, method, path, nil, in, &now)
	return now, err
}
