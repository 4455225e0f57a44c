package play

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// Config says how to play. All but Watch and Settling is required.
type Config struct {
	Now     func() time.Time
	Version string // of the binary
	// Tolerance is how late a request may leave without counting as late, MaxLate
	// the share of late ones that a verdict allows.
	Tolerance time.Duration
	MaxLate   float64
	// Watch runs the generator and may show how it stands. Default: it just runs.
	Watch func(ctx context.Context, r Running) *loadgen.Result
	// Settling, if set, is told again and again how many events the exporter holds
	// after all have been sent.
	Settling func(held uint64)
}

// Running is a generator and what it is to play.
type Running struct {
	Generator   *loadgen.Generator
	Schedule    *loadgen.Schedule
	Target      loadgen.Target
	IDs         loadgen.Identities
	DeviceLimit float64
}

// player is one play.
type player struct {
	*scenario.Scenario
	cfg      Config
	stage    *Stage
	compiled *scenario.Compiled
	events   *loadgen.Fixtures
	ids      loadgen.Identities
	fates    *fates
	newest   string // API key
	past     past
}

// Play plays a scenario to its end and judges it. An error means that the incident
// did not take place as written; broken thresholds and a generator that was too
// slow are in the summary.
func Play(ctx context.Context, s *scenario.Scenario, stage *Stage, cfg Config) (*loadgen.Summary, *loadgen.Result, error) {
	p := &player{Scenario: s, cfg: cfg, stage: stage, newest: stage.Key}
	if cfg.Watch == nil {
		p.cfg.Watch = func(ctx context.Context, r Running) *loadgen.Result { return r.Generator.Run(ctx, r.Schedule) }
	}
	if err := p.prepare(); err != nil {
		return nil, nil, err
	}
	return p.play(ctx)
}

func (p *player) prepare() error {
	set, err := fixtures.Load()
	if err != nil {
		return err
	}
	p.ids = loadgen.Identities{Seed: p.Seed}
	if p.stage.Reused {
		p.ids.Run = uint64(p.cfg.Now().UnixNano())
	}
	if p.events, err = loadgen.NewFixtures(set, p.Fixtures(p.stage.Key, p.ids)); err != nil {
		return err
	}
	if p.compiled, err = p.Compile(set, p.events.Payloads); err != nil {
		return err
	}
	p.fates = newFates(p.compiled.Planned.Distinct)
	return nil
}

func (p *player) play(ctx context.Context) (*loadgen.Summary, *loadgen.Result, error) {
	generator, err := loadgen.New(loadgen.Config{
		Target: p.stage.Target, Encoder: p.events, Now: p.cfg.Now, Tolerance: p.cfg.Tolerance, Answered: p.fates.answered,
	})
	if err != nil {
		return nil, nil, err
	}
	if err := generator.Probe(ctx); err != nil {
		return nil, nil, err
	}
	far, err := loadgen.WatchFarEnd(ctx, p.stage.Control, p.stage.Key, p.cfg.Now)
	if err != nil {
		return nil, nil, err
	}
	if p.past, err = p.stage.past(ctx); err != nil {
		return nil, nil, err
	}
	before, err := p.stage.Control.Clock(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("ask the simulator for its clock: %w", err)
	}
	if err := p.expire(ctx); err != nil {
		return nil, nil, err
	}
	result, actions, err := p.perform(ctx, generator)
	if err != nil {
		return nil, nil, err
	}
	summary := result.Summary(p.summaryConfig())
	summary.Scenario = &loadgen.ScenarioInfo{Name: p.Name, Story: p.Story, Scale: p.Scale, Actions: actions}
	if !result.Interrupted {
		err = p.ask(ctx, far, before.Now, result, &summary)
	}
	return &summary, result, err
}

// perform sends the load and does the actions, side by side.
func (p *player) perform(ctx context.Context, g *loadgen.Generator) (*loadgen.Result, []loadgen.StagedAction, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type acted struct {
		actions []loadgen.StagedAction
		err     error
	}
	done := make(chan acted, 1)
	start := p.cfg.Now()
	go func() {
		actions, err := p.act(ctx, p.compiled.Actions, start)
		if err != nil {
			cancel() // no use to send the rest
		}
		done <- acted{actions, err}
	}()
	result := p.cfg.Watch(ctx, Running{
		Generator: g, Schedule: p.compiled.Schedule, Target: p.stage.Target, IDs: p.ids, DeviceLimit: p.deviceLimit(),
	})
	if result.Interrupted {
		cancel()
	}
	a := <-done
	return result, a.actions, a.err
}

// ask waits until all is settled, asks both ends and judges.
func (p *player) ask(ctx context.Context, far *loadgen.FarEnd, since time.Time, r *loadgen.Result, s *loadgen.Summary) error {
	settledIn, err := p.settle(ctx, p.compiled.Planned.Deliverable)
	if err != nil {
		return err
	}
	a := newArrivals(p.compiled, p.events.Payloads, p.ids, r.Started)
	if err := a.read(ctx, p.stage.Control, control.Query{APIKey: p.stage.Key, Since: since}); err != nil {
		return err
	}
	if s.Delivery, err = far.Delivery(ctx, p.compiled.Schedule, r, p.ids); err != nil {
		return err
	}
	ledger, err := p.stage.Control.Ledger(ctx, p.stage.Key)
	if err != nil {
		return fmt.Errorf("ask the simulator for its ledger: %w", err)
	}
	ledger = p.past.sinceSimulator(ledger)
	s.Amplitude = farSide(ledger)
	expected, lost, surplus := a.conservation(p.fates)
	s.Conservation = &loadgen.Conservation{
		Expected: expected, Settled: a.delivered, Lost: lost, Surplus: surplus, Waited: settledIn.Seconds(),
	}
	s.Ledger = &loadgen.Ledger{
		Seed: p.Seed, Planned: p.compiled.Planned, Delivered: a.delivered, Digest: a.digest(),
		Lost: lost, Surplus: surplus, Duplicates: ledger.Outcomes[control.Duplicate],
	}
	if p.stage.Exporter != nil {
		told, err := p.stage.Exporter.Ledger(ctx)
		if err != nil {
			return fmt.Errorf("ask the exporter for its ledger: %w", err)
		}
		told = p.past.sinceExporter(told)
		s.Ledger.Exporter = &told
	}
	p.judge(s, a)
	return nil
}

// judge holds the thresholds against what was measured.
func (p *player) judge(s *loadgen.Summary, a *arrivals) {
	v := values(s, a)
	for _, text := range p.Thresholds {
		t, err := scenario.ParseThreshold(text)
		g := loadgen.Goal{Threshold: text}
		if err != nil { // a scenario that was parsed has none of these
			g.Measured = err.Error()
		} else {
			g.Holds, g.Measured = t.Judge(v)
		}
		s.Goals = append(s.Goals, g)
	}
}

// Unexpected counts the answers that the scenario does not expect.
func Unexpected(sc *scenario.Scenario, s *loadgen.Summary) (n uint64) {
	for status, times := range s.Statuses {
		if code, err := strconv.Atoi(status); err != nil || !sc.Expects(code) {
			n += times
		}
	}
	if !sc.Expects(0) {
		n += s.Sends.Failed
	}
	return n
}

func (p *player) deviceLimit() float64 {
	if l := p.Simulator.Limits; l != nil && l.EventsPerSecond != nil && *l.EventsPerSecond > 0 {
		return float64(*l.EventsPerSecond)
	}
	return amplitude.EventsPerSecond
}

func (p *player) summaryConfig() loadgen.SummaryConfig {
	return loadgen.SummaryConfig{
		Version: p.cfg.Version,
		Plan: loadgen.PlanInfo{
			Name: p.Name, Target: p.stage.Target.URL.Redacted(), Kind: p.Target, Seed: p.Seed,
			Duration: p.Length().Seconds(), Batch: p.Batch, Devices: p.compiled.Devices,
			Events: p.compiled.Schedule.Events, Sends: p.compiled.Schedule.Sends, DeviceLimit: p.deviceLimit(),
		},
		MaxLate:  p.cfg.MaxLate,
		TypeOf:   func(payload int) string { return p.events.Payloads[payload].Type },
		DeviceID: p.ids.Device,
	}
}
