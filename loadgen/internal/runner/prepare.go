package runner

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// Prepare makes an API key with the limits of a scenario, and sets the pace of the
// simulator's clock.
func Prepare(ctx context.Context, c *control.Client, s *scenario.Scenario) (apiKey string, err error) {
	k, err := c.CreateKey(ctx, control.Key{})
	if err != nil {
		return "", fmt.Errorf("create an API key at the simulator: %w", err)
	}
	return k.APIKey, PrepareKey(ctx, c, k.APIKey, s)
}

// PrepareKey does the same for a key that exists.
func PrepareKey(ctx context.Context, c *control.Client, apiKey string, s *scenario.Scenario) error {
	if l := s.Simulator.Limits.Control(); l != nil {
		if err := c.SetLimits(ctx, apiKey, *l); err != nil {
			return fmt.Errorf("set the limits of the API key: %w", err)
		}
	}
	if s.Simulator.ClockScale > 0 {
		if _, err := c.ScaleClock(ctx, s.Simulator.ClockScale); err != nil {
			return fmt.Errorf("scale the simulator's clock: %w", err)
		}
	}
	return nil
}

// CleanUp takes back what a scenario changed at a simulator that others use, too.
func CleanUp(ctx context.Context, c *control.Client, apiKey string) error {
	if err := c.ClearFaults(ctx, apiKey); err != nil {
		return fmt.Errorf("clear the simulator's faults: %w", err)
	}
	if _, err := c.ResetClock(ctx); err != nil {
		return fmt.Errorf("reset the simulator's clock: %w", err)
	}
	return nil
}

// expire sets the end of the key.
func (r *run) expire(ctx context.Context) error {
	d := r.load.Scenario.Simulator.KeyExpiresIn.Value()
	if d == 0 {
		return nil
	}
	clock, err := r.env.Control.Clock(ctx)
	if err == nil {
		_, err = r.env.Control.ExpireKey(ctx, r.env.Key, clock.Now.Add(d))
	}
	if err != nil {
		return fmt.Errorf("set the end of the API key: %w", err)
	}
	return nil
}
