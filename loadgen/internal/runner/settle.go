package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/simulator/control"
)

// settle waits until the exporter holds nothing any more or, if it does not tell, until
// the expected number of events has settled at the simulator, at most for the settle time
// of the scenario.
func (r *run) settle(ctx context.Context, expected uint64) (waited time.Duration, err error) {
	start := r.cfg.Now()
	ctx, cancel := context.WithTimeout(ctx, r.load.Scenario.Settle.Value())
	defer cancel()
	if r.env.Exporter == nil {
		if r.load.isPlanned() && expected > r.load.Plan.Planned.Deliverable {
			expected = r.load.Plan.Planned.Deliverable // an exporter may drop what is sent a second time
		}
		// What has arrived by the end of the wait counts; an error comes again from the
		// next call.
		_, _ = r.env.Control.Await(ctx, r.env.Key, control.Until{Settled: r.baseline.simulator.Settled() + expected})
		return r.cfg.Now().Sub(start), nil
	}
	const look = 20 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	var shown time.Duration
	var failed error // of the last look; a busy exporter may miss some
	for {
		l, err := r.env.Exporter.Ledger(ctx)
		waited := r.cfg.Now().Sub(start)
		switch {
		case err == nil && l.Held == 0, r.env.died("exporter"):
			return waited, nil
		case err == nil:
			failed = nil
			if r.cfg.Show != nil && waited-shown >= r.cfg.Interval {
				shown = waited
				live, _ := r.generator.Live()
				r.cfg.Show(Status{Live: live, Sent: true, Waited: waited, Held: &l.Held})
			}
		case ctx.Err() == nil:
			failed = fmt.Errorf("read the exporter's ledger: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return r.cfg.Now().Sub(start), failed
		}
	}
}

// Status is how a run stands.
type Status struct {
	Live loadgen.Live
	// Actions are those of the scenario that have been done.
	Actions []loadgen.DoneAction
	// Sent reports whether the load has been sent.
	Sent bool
	// Waited is for how long the exporter has been waited for since.
	Waited time.Duration
	// Held is the number of events that the exporter has and Amplitude has not. Nil: it
	// does not tell, or not in time.
	Held *uint64
	// Amplitude counts events at the simulator behind an exporter. Nil: not known.
	Amplitude *Arrived
}

// Arrived counts events at the simulator.
type Arrived struct{ Accepted, Throttled uint64 }

// statusTimeout is the longest wait for an end that is asked for the status. A slow answer
// leaves a gap in what is shown, and no more.
const statusTimeout = 200 * time.Millisecond

// status reads how the run stands. It does not wait for either end longer than it takes
// to draw.
func (r *run) status(ctx context.Context) (s Status) {
	s.Live, _ = r.generator.Live()
	s.Actions = r.actions.all()
	ctx, stop := context.WithTimeout(ctx, statusTimeout)
	defer stop()
	if r.env.Exporter != nil {
		if l, err := r.env.Exporter.Ledger(ctx); err == nil {
			s.Held = &l.Held
		}
	}
	if r.env.Control == nil || r.env.Target.Kind != loadgen.Exporter {
		return s
	}
	if l, err := r.env.Control.Ledger(ctx, r.env.Key); err == nil {
		l = r.baseline.sinceSimulator(l)
		s.Amplitude = &Arrived{
			Accepted:  l.Outcomes[control.Accepted],
			Throttled: since(l.Outcomes[control.Throttled], l.Reasons["throttled/neighbor"]),
		}
	}
	return s
}
