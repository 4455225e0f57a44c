package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// Config says how to run. Now and Version are required; the zero values of the others
// are the defaults of the generator.
type Config struct {
	Now     func() time.Time
	Version string // of the binary
	// Tolerance is how late a request may leave without counting as late, MaxLate
	// the share of late ones that a verdict allows.
	Tolerance time.Duration
	MaxLate   float64
	Senders   int
	Timeout   time.Duration
	// Show is called with the status every Interval. Optional.
	Show     func(Status)
	Interval time.Duration
}

// run is one run of a load.
type run struct {
	cfg       Config
	env       *Env
	load      *Load
	generator *loadgen.Generator
	outcomes  *outcomes
	actions   actionLog
	newest    string // API key
	baseline  baseline
	since     time.Time // on the simulator's clock
}

// Run sends the load and judges what became of it. It returns an error if the scenario
// could not be run as written; broken thresholds, a generator that was too slow and an
// exporter that died are in the summary.
func Run(ctx context.Context, load *Load, env *Env, cfg Config) (*loadgen.Summary, *loadgen.Result, error) {
	r := &run{cfg: cfg, env: env, load: load, newest: env.Key, outcomes: newOutcomes(load.Plan.Planned.Distinct)}
	started := make(chan time.Time, 1)
	generator := loadgen.Config{
		Target: env.Target, Encoder: load.Encoder, Now: cfg.Now, Tolerance: cfg.Tolerance,
		Senders: cfg.Senders, Timeout: cfg.Timeout, Started: func(at time.Time) { started <- at },
	}
	if load.isPlanned() {
		generator.Answered = r.outcomes.answered
	}
	var err error
	if r.generator, err = loadgen.New(generator); err != nil {
		return nil, nil, err
	}
	if err := r.prepare(ctx); err != nil {
		return nil, nil, errors.Join(err, env.deathError())
	}
	result, err := r.drive(ctx, started)
	if err != nil {
		return nil, nil, errors.Join(err, env.deathError())
	}
	summary := result.Summary(load.summaryConfig(env.Target, cfg.Version, cfg.MaxLate))
	if s := load.Scenario; load.isPlanned() {
		summary.Scenario = &loadgen.ScenarioInfo{Name: s.Name, Description: s.Description, Scale: s.Scale, Actions: r.actions.all()}
	}
	if !result.Interrupted && env.Control != nil {
		err = r.collect(ctx, result, &summary)
		switch {
		case err != nil && ctx.Err() != nil:
			summary.Stopped()
			err = nil
		case err != nil:
			err = errors.Join(err, env.deathError())
		}
	}
	summary.Deaths = env.deaths(result.Started)
	return &summary, result, err
}

// prepare looks at both ends before the load.
func (r *run) prepare(ctx context.Context) error {
	if err := r.generator.Probe(ctx); err != nil {
		return err
	}
	if r.env.Control == nil {
		return nil
	}
	var err error
	if r.baseline, err = r.env.baseline(ctx); err != nil {
		return err
	}
	clock, err := r.env.Control.Clock(ctx)
	if err != nil {
		return fmt.Errorf("read the simulator's clock: %w", err)
	}
	r.since = clock.Now
	return r.expire(ctx)
}

// drive sends the load and does the actions, side by side. Both count their times
// from the instant that started reports.
func (r *run) drive(ctx context.Context, started <-chan time.Time) (*loadgen.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		var start time.Time
		select {
		case start = <-started:
		case <-ctx.Done():
			done <- nil
			return
		}
		err := r.act(ctx, r.load.Plan.Actions, start)
		if err != nil {
			cancel() // no use to send the rest
		}
		done <- err
	}()
	result := r.send(ctx)
	if result.Interrupted {
		cancel()
	}
	return result, <-done
}

// send runs the schedule and shows the status meanwhile.
func (r *run) send(ctx context.Context) *loadgen.Result {
	if r.cfg.Show == nil {
		return r.generator.Run(ctx, r.load.Plan.Schedule)
	}
	done := make(chan *loadgen.Result, 1)
	go func() { done <- r.generator.Run(ctx, r.load.Plan.Schedule) }()
	tick := time.NewTicker(r.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case result := <-done:
			live, _ := r.generator.Live()
			r.cfg.Show(Status{Live: live, Sent: true, Actions: r.actions.all()})
			return result
		case <-tick.C:
			r.cfg.Show(r.status(ctx))
		}
	}
}

// collect waits until all is delivered, reads both ends and judges.
func (r *run) collect(ctx context.Context, result *loadgen.Result, s *loadgen.Summary) error {
	accepted := r.load.deliverable(result.Accepted)
	waited, err := r.settle(ctx, accepted)
	if err != nil {
		return err
	}
	j := newJournal(r.load, result)
	complete, err := j.read(ctx, r.env.Control, control.Query{APIKey: r.env.Key, Since: r.since}, r.load.isPlanned())
	if err != nil {
		return err
	}
	s.Delivery = j.delivery.Delivery(complete)
	ledger, err := r.env.Control.Ledger(ctx, r.env.Key)
	if err != nil {
		return fmt.Errorf("read the simulator's ledger: %w", err)
	}
	ledger = r.baseline.sinceSimulator(ledger)
	if !r.load.isPlanned() {
		c := conservation(accepted, ledger.Settled(), result.Outcomes.Failed, waited)
		s.Conservation = &c
		return nil
	}
	s.Amplitude = amplitudeLedger(ledger)
	expected, lost, unexpected := j.conservation(r.outcomes)
	s.Conservation = &loadgen.Conservation{
		Expected: expected, Settled: j.delivered, Lost: lost, Unexpected: unexpected, Waited: waited.Seconds(),
	}
	s.Ledger = &loadgen.Ledger{
		Seed: r.load.Scenario.Seed, Planned: r.load.Plan.Planned, Delivered: j.delivered, Digest: j.digest(),
		Lost: lost, Unexpected: unexpected, Duplicates: ledger.Outcomes[control.Duplicate],
	}
	if err := r.readExporter(ctx, s.Ledger); err != nil {
		return err
	}
	s.Goals = judge(r.load.Scenario.Thresholds, values(s, j))
	return nil
}

// readExporter adds the exporter's own ledger. One that died has none any more.
func (r *run) readExporter(ctx context.Context, l *loadgen.Ledger) error {
	if r.env.Exporter == nil || r.env.died("exporter") {
		return nil
	}
	now, err := r.env.Exporter.Ledger(ctx)
	if err != nil {
		return fmt.Errorf("read the exporter's ledger: %w", err)
	}
	now = r.baseline.sinceExporter(now)
	l.Exporter = &now
	return nil
}

// conservation compares the counts of both ends.
func conservation(expected, settled, slack uint64, waited time.Duration) loadgen.Conservation {
	c := loadgen.Conservation{Expected: expected, Settled: settled, Slack: slack, Waited: waited.Seconds()}
	if settled < expected {
		c.Lost = expected - settled
	} else {
		c.Unexpected = settled - expected
	}
	return c
}

// judge holds the thresholds against what was measured.
func judge(thresholds []string, v scenario.Values) []loadgen.Goal {
	var goals []loadgen.Goal
	for _, text := range thresholds {
		t, err := scenario.ParseThreshold(text)
		g := loadgen.Goal{Threshold: text}
		if err != nil { // a scenario that was parsed has none of these
			g.Measured = err.Error()
		} else {
			g.Holds, g.Measured = t.Judge(v)
		}
		goals = append(goals, g)
	}
	return goals
}
