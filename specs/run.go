package specs

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// run is an exporter with an API key of its own. Its methods are the steps of a scenario.
// When one fails, those after it do nothing, and finish returns the error.
type run struct {
	target   Target
	events   *eventFactory
	cleanups *cleanups
	err      error // of the first step that failed

	key      string
	stateDir string
	// input is the input that ends by which the exporter is given its events; empty: posts.
	input    string
	instance Instance
	// others are exporters with the same key.
	others []*run
	posted []verdict.Posted
	posts  int // made
	// unanswered is the first post since the last answer that got none.
	unanswered *given
	marks      map[string]time.Time
	death      *report.Death // the first of the exporter
}

func newRun(target Target, events *eventFactory) *run {
	return &run{target: target, events: events, cleanups: &cleanups{}, marks: map[string]time.Time{}}
}

// step does a step of a scenario, unless one before it failed.
func (r *run) step(do func() error) {
	if r.err == nil {
		r.err = do()
	}
}

// open makes a key with the limits, nil for the published ones, and starts the exporter with
// it. One that takes no posts is started when it is given its first events.
func (r *run) open(ctx context.Context, limits *control.Limits) {
	r.newKey(ctx, limits)
	r.begin(ctx)
}

// newKey makes the key of the run. That of an exporter that runs already begins anew.
func (r *run) newKey(ctx context.Context, limits *control.Limits) {
	r.step(func() error {
		key, err := r.target.Control.CreateKey(ctx, control.Key{APIKey: r.target.APIKey, Limits: limits})
		if err != nil {
			return fmt.Errorf("create key: %w", err)
		}
		r.key = key.APIKey
		if r.target.APIKey == "" {
			return nil
		}
		return r.target.Control.Reset(ctx, r.key)
	})
}

// beside starts another exporter with the key of the run.
func (r *run) beside(ctx context.Context) *run {
	other := newRun(r.target, r.events)
	other.key, other.cleanups, other.err = r.key, r.cleanups, r.err
	other.begin(ctx)
	r.others = append(r.others, other)
	return other
}

// begin gives the exporter a directory for its state, and starts it if it takes posts.
func (r *run) begin(ctx context.Context) {
	if !r.target.claims(requirement.CustomHTTP) {
		r.input = r.target.input()
		return
	}
	r.step(func() (err error) {
		r.stateDir, err = r.newStateDir()
		return err
	})
	r.start(ctx)
}

// newStateDir makes a directory that lasts until the trace is recorded.
func (r *run) newStateDir() (string, error) {
	dir, err := os.MkdirTemp("", "ammeter-state-")
	if err != nil {
		return "", fmt.Errorf("make state directory: %w", err)
	}
	r.cleanups.add(func(context.Context) { _ = os.RemoveAll(dir) })
	// An exporter in a container may run as another user.
	const anybody = 0o777
	return dir, os.Chmod(dir, anybody)
}

// start starts the exporter, with the key and the state directory of the run.
func (r *run) start(ctx context.Context) {
	r.step(func() error {
		instance, err := r.target.Subject.Start(ctx, Env{AmplitudeURL: r.target.SimulatorURL, APIKey: r.key, StateDir: r.stateDir})
		if err != nil {
			r.deathIn(err, "its start")
			return verdict.Failuref(verdict.NoStart, "the subject does not start: %v", err)
		}
		// A recording that is cut short leaves its exporter running; Stop may be called again.
		r.cleanups.add(func(ctx context.Context) { _ = instance.Stop(ctx) })
		r.instance = instance
		return nil
	})
}

// now reads the clock of the simulator.
func (r *run) now(ctx context.Context) (now time.Time) {
	r.step(func() error {
		clock, err := r.target.Control.Clock(ctx)
		if err != nil {
			return fmt.Errorf("read clock: %w", err)
		}
		now = clock.Now
		return nil
	})
	return now
}

// timestamp notes the present instant of the simulator's clock.
func (r *run) timestamp(ctx context.Context, name string) { r.marks[name] = r.now(ctx) }

// deliveryTimeout is for what takes no time unless something is wrong.
const deliveryTimeout = 10 * time.Second

// await waits until the simulator has counted that much, or the time is over. Not
// getting there is no error: the traffic will tell.
func (r *run) await(ctx context.Context, within time.Duration, until control.Until) {
	r.step(func() error {
		waiting, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		_, err := r.target.Control.Await(waiting, r.key, until)
		if err != nil && waiting.Err() == nil {
			return fmt.Errorf("wait for traffic: %w", err)
		}
		return ctx.Err()
	})
}

// watch lets time pass, unless there is a storm of refusals.
func (r *run) watch(ctx context.Context, d time.Duration) {
	const storm = 1000
	r.await(ctx, d, control.Until{Refused: storm})
}

// awaitAccepted waits until every event that must be accepted is, or the time is over.
func (r *run) awaitAccepted(ctx context.Context, within time.Duration) {
	r.await(ctx, within, control.Until{Settled: r.expectedAccepted()})
}

// expectedAccepted is the number of posted events that must be accepted.
func (r *run) expectedAccepted() uint64 {
	n := uint64(0)
	for _, p := range r.posted {
		if p.Taken && p.Want != nil {
			n++
		}
	}
	for _, other := range r.others {
		n += other.expectedAccepted()
	}
	return n
}

// ledger reads what the simulator has counted.
func (r *run) ledger(ctx context.Context) (l control.Ledger) {
	r.step(func() (err error) {
		if l, err = r.target.Control.Ledger(ctx, r.key); err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		return nil
	})
	return l
}

// refused is the number of requests that were refused so far.
func (r *run) refused(ctx context.Context) uint64 {
	l := r.ledger(ctx)
	return l.Requests - l.Statuses[http.StatusOK]
}

func (r *run) setLimits(ctx context.Context, limits control.Limits) {
	r.step(func() error { return r.target.Control.SetLimits(ctx, r.key, limits) })
}

func (r *run) silence(ctx context.Context, devices ...string) {
	r.step(func() error { return r.target.Control.SilenceDevices(ctx, r.key, devices...) })
}

// fault lets requests with the key of the run meet a fault.
func (r *run) fault(ctx context.Context, target control.FaultTarget, when control.FaultWhen, do control.FaultAction) {
	const ttl = 120
	target.APIKey = r.key
	r.step(func() error {
		_, err := r.target.Control.AddFault(ctx, control.Fault{Target: target, When: when, Do: do, TTL: control.Seconds(ttl)})
		return err
	})
}

func (r *run) clearFaults(ctx context.Context) {
	r.step(func() error { return r.target.Control.ClearFaults(ctx, r.key) })
}

func (r *run) expireKey(ctx context.Context) {
	r.step(func() error {
		_, err := r.target.Control.ExpireKey(ctx, r.key, time.Time{})
		return err
	})
}

func (r *run) renewKey(ctx context.Context) {
	r.step(func() error {
		_, err := r.target.Control.RenewKey(ctx, r.key)
		return err
	})
}
