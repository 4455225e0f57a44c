package play

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// Stage is what a scenario is played on.
type Stage struct {
	// Control is the control API of the simulator.
	Control *control.Client
	// Key is the API key whose journal is read.
	Key string
	// Target is where the events go: the exporter, or the simulator itself.
	Target loadgen.Target
	// Exporter is asked and told things; nil when there is nobody to ask.
	Exporter Exporter
	// Reused tells that the key has been used before, so that the event ids of
	// this run must be new.
	Reused bool
}

// Exporter is the exporter on a stage.
type Exporter interface {
	// Ledger is what it tells of itself.
	Ledger(ctx context.Context) (loadgen.ExporterLedger, error)
	// GiveKey gives it another API key while it runs.
	GiveKey(ctx context.Context, apiKey string) error
}

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

// TearDown takes back what a scenario changed at a simulator that others use, too.
func TearDown(ctx context.Context, c *control.Client, apiKey string) error {
	if err := c.ClearFaults(ctx, apiKey); err != nil {
		return fmt.Errorf("clear the simulator's faults: %w", err)
	}
	if _, err := c.ResetClock(ctx); err != nil {
		return fmt.Errorf("reset the simulator's clock: %w", err)
	}
	return nil
}

// expire sets the end of the key.
func (p *player) expire(ctx context.Context) error {
	d := p.Simulator.KeyExpiresIn.Value()
	if d == 0 {
		return nil
	}
	clock, err := p.stage.Control.Clock(ctx)
	if err == nil {
		_, err = p.stage.Control.ExpireKey(ctx, p.stage.Key, clock.Now.Add(d))
	}
	if err != nil {
		return fmt.Errorf("set the end of the API key: %w", err)
	}
	return nil
}

// settle waits until the exporter holds nothing any more, or the patience of the
// scenario ends.
func (p *player) settle(ctx context.Context, expected uint64) (waited time.Duration, err error) {
	start := p.cfg.Now()
	ctx, cancel := context.WithTimeout(ctx, p.Settle.Value())
	defer cancel()
	if p.stage.Exporter == nil {
		if p.Target == loadgen.Exporter {
			// An error here is the end of patience; what has arrived by then counts.
			_, _ = p.stage.Control.Await(ctx, p.stage.Key, control.Until{Settled: p.past.simulator.Settled() + expected})
		}
		return p.cfg.Now().Sub(start), nil
	}
	const look = 20 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		l, err := p.stage.Exporter.Ledger(ctx)
		if err != nil && ctx.Err() == nil {
			return 0, fmt.Errorf("ask the exporter for its ledger: %w", err)
		}
		if err == nil && l.Held == 0 {
			return p.cfg.Now().Sub(start), nil
		}
		if err == nil && p.cfg.Settling != nil {
			p.cfg.Settling(l.Held)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return p.cfg.Now().Sub(start), nil
		}
	}
}
