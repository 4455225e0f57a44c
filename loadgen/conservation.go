package loadgen

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Conservation compares what left here with what the simulator's journal holds.
type Conservation struct {
	// Expected is the number of events that have to be in the journal in the end:
	// taken by the target and not of a kind that must be dropped on the way.
	Expected uint64 `json:"expected"`
	// Settled events were accepted or recognized as duplicates by the simulator.
	Settled uint64 `json:"settled"`
	// Lost and Surplus are the difference, one of them 0. Events of unknown fate
	// (no answer, 5xx) may turn up without being expected: Slack is their number.
	Lost    uint64 `json:"lost"`
	Surplus uint64 `json:"surplus"`
	Slack   uint64 `json:"slack"`
	// Waited is how long it took until all had arrived or patience ended, from
	// the end of the run, in seconds.
	Waited float64 `json:"waited_s"`
}

// Holds reports whether nothing was lost and nothing came from nowhere.
func (c Conservation) Holds() bool { return c.Lost == 0 && c.Surplus <= c.Slack }

// FarEnd is a simulator's ledger of one key, seen before a run.
type FarEnd struct {
	client *control.Client
	key    string
	before uint64
	since  time.Time // on the simulator's clock
	now    func() time.Time
}

// WatchFarEnd reads the ledger before a run.
func WatchFarEnd(ctx context.Context, c *control.Client, apiKey string, now func() time.Time) (*FarEnd, error) {
	l, err := c.Ledger(ctx, apiKey)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator for its ledger: %w", err)
	}
	clock, err := c.Clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator for its clock: %w", err)
	}
	return &FarEnd{client: c, key: apiKey, before: l.Settled(), since: clock.Now, now: now}, nil
}

// Compare waits until the expected number of events has settled, at most for
// patience, and compares.
func (f *FarEnd) Compare(ctx context.Context, expected, slack uint64, patience time.Duration) (Conservation, error) {
	start := f.now()
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := f.client.Await(wait, f.key, control.Until{Settled: f.before + expected})
	if errors.Is(err, context.DeadlineExceeded) {
		// The answer that was being waited for is lost with the wait.
		l, err = f.client.Ledger(ctx, f.key)
	}
	if err != nil {
		return Conservation{}, fmt.Errorf("ask the simulator for its ledger: %w", err)
	}
	c := Conservation{Expected: expected, Settled: l.Settled() - f.before, Slack: slack, Waited: f.now().Sub(start).Seconds()}
	if c.Settled < expected {
		c.Lost = expected - c.Settled
	} else {
		c.Surplus = c.Settled - expected
	}
	return c, nil
}
