package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/pace"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

type replay struct {
	outputFlags
	Target   string        `required:"" placeholder:"URL" help:"Where to send. Without a path: /events or /2/httpapi, after its kind."`
	Kind     string        `enum:"exporter,amplitude" default:"exporter" help:"What listens there: exporter (Custom HTTP posts) or amplitude (mapped events)."`
	APIKey   string        `env:"LOADGEN_API_KEY,AMPLITUDE_API_KEY" placeholder:"KEY" help:"API key, for kind amplitude and for --simulator."`
	Token    string        `placeholder:"TOKEN" help:"Bearer token of the exporter."`
	From     string        `type:"path" placeholder:"PATH" help:"Recording to run with its own gaps, instead of the fixtures at a rate: a file or a directory, of loadgen capture, of Currents as NDJSON or Avro, or of a simulator's journal."`
	Speed    string        `default:"1x" help:"How many times as fast as recorded, such as 10x."`
	Loop     bool          `help:"Run the recording over and over until --duration ends; otherwise it is run once."`
	Rate     float64       `default:"100" help:"Events per second."`
	Duration time.Duration `default:"10s" help:"For how long."`
	Batch    int           `default:"1" help:"Events in a request."`
	Types    []string      `placeholder:"TYPE" help:"Event types to send; all by default."`
	Devices  int32         `default:"1000" help:"Size of the population the events are spread over; 0 keeps the ids of the fixtures."`
	Seed     uint64        `default:"1" help:"Makes the population and the order of events; the same seed, the same load."`

	Simulator string        `placeholder:"URL" help:"Control API of the simulator behind the target: count there what was delivered."`
	Settle    time.Duration `default:"60s" help:"Longest wait for all to be delivered."`

	Senders         int           `default:"512" help:"Most requests in flight."`
	Timeout         time.Duration `default:"10s" help:"Longest wait for an answer."`
	Tolerance       time.Duration `default:"25ms" help:"How late a request may leave without counting as late."`
	MaxLate         float64       `default:"0.05" help:"Share of late and dropped requests above which there is no result."`
	Expect          []int         `default:"429" placeholder:"STATUS" help:"Statuses other than 2xx that do not make the run fail (default: ${default})."`
	DeviceLimit     float64       `default:"30" help:"Events per second of a device that the report holds devices against."`
	AllowProduction bool          `help:"Allow a target that belongs to Amplitude, where events stay and count."`
}

// Run is the command.
func (c *replay) Run(ctx context.Context, std streams) error {
	if err := c.outputFlags.check(); err != nil {
		return usage(invalid{err})
	}
	target, load, notes, err := c.load(ctx)
	if err != nil {
		return usage(err)
	}
	env := &runner.Env{Target: target, Key: c.APIKey}
	if c.Simulator != "" {
		env.Control = control.New(c.Simulator)
	}
	schedule := load.Plan.Schedule
	fmt.Fprintf(std.err, "loadgen: %s of %s to %s, seed %d\n", plural.Of(schedule.Events, "event"), plural.Of(types(load.Payloads), "type"), target.Shown(), c.Seed)
	for _, note := range notes {
		fmt.Fprintf(std.err, "loadgen: %s\n", note)
	}
	p := finished{scenario: load.Scenario}
	p.summary, p.result, err = watch(ctx, std, load, env, runner.Config{
		Tolerance: c.Tolerance, MaxLate: c.MaxLate, Senders: c.Senders, Timeout: c.Timeout,
	})
	if err != nil {
		return noResult(err)
	}
	if err := c.show(&std, &p); err != nil {
		return noResult(err)
	}
	if wrong := p.summary.Statuses["400"] + p.summary.Statuses["404"]; c.Kind == string(loadgen.Exporter) && wrong > 0 && wrong == p.summary.Sends.Answered {
		fmt.Fprintf(std.err, "loadgen: every post was answered 400 or 404: if %s is Amplitude or its simulator, give --kind amplitude\n", target.Shown())
	}
	return p.judge()
}

// load makes a scenario of one phase of the flags. It touches no network; its errors are
// errors of usage. Notes are for the one who runs it.
func (c *replay) load(ctx context.Context) (target loadgen.Target, load *runner.Load, notes []string, err error) {
	if err := c.check(); err != nil {
		return target, nil, nil, err
	}
	if target, err = loadgen.ParseTarget(loadgen.Kind(c.Kind), c.Target, c.AllowProduction); err != nil {
		if errors.Is(err, loadgen.ErrRealAmplitude) {
			return target, nil, nil, fmt.Errorf("%w; allow it with --allow-production", err)
		}
		return target, nil, nil, err
	}
	set, err := fixtureset.Load()
	if err != nil {
		return target, nil, nil, err
	}
	load = &runner.Load{
		Scenario: &scenario.Scenario{
			Name: "replay of the fixtures", Seed: c.Seed, Target: target.Kind, Batch: c.Batch,
			Phases: []scenario.Phase{{For: scenario.Duration(c.Duration), Rate: c.Rate}},
			Settle: scenario.Duration(c.Settle),
		},
		Plan: &scenario.Compiled{}, IDs: loadgen.Identities{Seed: c.Seed, Run: uint64(now().UnixNano())},
		DeviceLimit: c.DeviceLimit,
	}
	for _, status := range c.Expect {
		load.Scenario.Expect = append(load.Scenario.Expect, strconv.Itoa(status))
	}
	if c.From != "" {
		notes, err = c.recorded(ctx, load, set)
	} else {
		err = c.atRate(load, set)
	}
	if err == nil {
		load.Rate = float64(load.Plan.Schedule.Events) / load.Plan.Schedule.Duration.Seconds()
	}
	return target, load, notes, err
}

// atRate plans the fixtures at a rate.
func (c *replay) atRate(l *runner.Load, set *fixtures.Set) error {
	events, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{
		Kind: l.Scenario.Target, Types: c.Types, APIKey: c.APIKey, Identities: l.IDs, Devices: c.Devices > 0,
	})
	if err != nil {
		return err
	}
	l.Encoder, l.Payloads, l.Plan.Devices = events, events.Payloads, int(c.Devices)
	if c.Devices > 0 {
		l.DeviceID = l.IDs.Device
	}
	l.Plan.Schedule, err = loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: pace.Constant{PerSecond: c.Rate}, For: c.Duration}},
		Batch:  c.Batch,
		Mix:    loadgen.Rounds{Seed: c.Seed, Payloads: len(events.Payloads), Devices: int(c.Devices)},
	}.Schedule()
	return err
}

// maxRequests is how many requests a second may be due: far more than can be sent, and
// few enough to be counted in time where they are not.
const maxRequests = 1_000_000

func (c *replay) check() error {
	amplitudeKind := c.Kind == string(loadgen.Amplitude)
	switch {
	case amplitudeKind && c.APIKey == "":
		return errors.New("kind amplitude needs --api-key or AMPLITUDE_API_KEY")
	case amplitudeKind && c.Batch > amplitude.MaxEvents:
		return fmt.Errorf("--batch %d is above %d, the most Amplitude takes in a request", c.Batch, amplitude.MaxEvents)
	case c.Simulator != "" && c.APIKey == "":
		return errors.New("--simulator needs --api-key: its ledger is kept by key")
	case c.Loop && c.From == "":
		return errors.New("--loop needs --from: the fixtures go on anyway")
	case c.Batch < 1:
		return fmt.Errorf("--batch %d; 1 is the least", c.Batch)
	case c.From == "" && c.Rate/float64(c.Batch) > maxRequests:
		return fmt.Errorf("--rate %v is more than %d requests of --batch %d a second: each that cannot be sent is counted, and that alone would last longer than the load",
			c.Rate, maxRequests, c.Batch)
	case c.Devices < 0:
		return fmt.Errorf("--devices %d; 0 is the least", c.Devices)
	case c.Senders < 1:
		return fmt.Errorf("--senders %d; 1 is the least", c.Senders)
	case c.Timeout <= 0 || c.Tolerance <= 0:
		return errors.New("--timeout and --tolerance must be above 0")
	case !(c.MaxLate >= 0 && c.MaxLate <= 1):
		return fmt.Errorf("--max-late %v is not a share between 0 and 1", c.MaxLate)
	case !(c.DeviceLimit > 0) || math.IsInf(c.DeviceLimit, 0):
		return fmt.Errorf("--device-limit %v; it must be above 0", c.DeviceLimit)
	}
	return errors.Join(clean("--api-key", &c.APIKey), clean("--token", &c.Token), checkBases(c.Simulator, ""))
}

// types is the number of event types.
func types(payloads []loadgen.Payload) int {
	all := map[string]bool{}
	for _, payload := range payloads {
		all[payload.Type] = true
	}
	return len(all)
}

// now is the clock of the program; everything inside takes it as an argument.
func now() time.Time { return time.Now() } //nolint:forbidigo // the outermost layer
