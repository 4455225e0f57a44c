package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
	"github.com/ammeter/ammeter/loadgen/report"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

type replay struct {
	Target   string        `required:"" placeholder:"URL" help:"Where to send. Without a path: /events or /2/httpapi, after its kind."`
	Kind     string        `enum:"exporter,amplitude" default:"exporter" help:"What listens there: exporter (Custom HTTP posts) or amplitude (mapped events)."`
	APIKey   string        `env:"LOADGEN_API_KEY,AMPLITUDE_API_KEY" placeholder:"KEY" help:"API key, for kind amplitude and for --simulator."`
	Token    string        `placeholder:"TOKEN" help:"Bearer token of the exporter."`
	From     string        `type:"path" placeholder:"PATH" help:"Recording to play with its own gaps, instead of the fixtures at a rate: a file or a directory, of loadgen capture, of Currents as NDJSON or Avro, or of a simulator's journal."`
	Speed    string        `default:"1x" help:"How many times as fast as recorded, such as 10x."`
	Loop     bool          `help:"Play the recording over and over until --duration ends; otherwise it is played once."`
	Rate     float64       `default:"100" help:"Events per second."`
	Duration time.Duration `default:"10s" help:"For how long."`
	Batch    int           `default:"1" help:"Events in a request."`
	Types    []string      `placeholder:"TYPE" help:"Event types to send; all by default."`
	Devices  int32         `default:"1000" help:"Size of the population the events are spread over; 0 keeps the ids of the fixtures."`
	Seed     uint64        `default:"1" help:"Makes the population and the order of events; the same seed, the same load."`
	Out      string        `type:"path" placeholder:"DIR" help:"Directory for summary.json, report.html and the .hgrm files."`

	Simulator string        `placeholder:"URL" help:"Control API of the simulator at the far end: count there what arrived of what was taken here."`
	Settle    time.Duration `default:"60s" help:"Longest wait for all to arrive at the far end."`

	Senders     int           `default:"512" help:"Most requests in flight."`
	Timeout     time.Duration `default:"10s" help:"Longest wait for an answer."`
	Tolerance   time.Duration `default:"25ms" help:"How late a request may leave without counting as late."`
	MaxLate     float64       `default:"0.05" help:"Share of late and dropped requests above which there is no result."`
	Expect      []int         `default:"429" placeholder:"STATUS" help:"Statuses other than 2xx that do not make the run fail (default: ${default})."`
	DeviceLimit float64       `default:"30" help:"Events per second of a device that the report holds devices against."`
	IMeanIt     bool          `name:"i-mean-it" help:"Allow a target that belongs to Amplitude."`
}

// Run is the command.
func (c *replay) Run(ctx context.Context, std streams) error {
	prepared, err := c.prepare()
	if err != nil {
		return usage(err)
	}
	if err := prepared.generator.Probe(ctx); err != nil {
		return noResult(err)
	}
	var far *loadgen.FarEnd
	if c.Simulator != "" {
		client := control.New(c.Simulator)
		if far, err = loadgen.WatchFarEnd(ctx, client, c.APIKey, now); err != nil {
			return noResult(err)
		}
		if prepared.target.Kind == loadgen.Exporter {
			prepared.far = farEnd{client: client, key: c.APIKey}
		}
	}
	fmt.Fprintf(std.err, "loadgen: %d events of %d types to %s, seed %d\n",
		prepared.schedule.Events, prepared.types(), prepared.target.URL.Redacted(), c.Seed)
	if prepared.reordered > 0 {
		fmt.Fprintf(std.err, "loadgen: %d events of the recording were out of order and have been sorted\n", prepared.reordered)
	}

	result := watched(ctx, std, prepared)
	summary := result.Summary(c.summaryConfig(prepared))
	if far != nil && !result.Interrupted {
		fmt.Fprintf(std.err, "loadgen: waiting up to %v for the far end\n", c.Settle)
		if err := c.askFarEnd(ctx, far, prepared, result, &summary); err != nil {
			return noResult(err)
		}
	}
	if err := c.write(std, &summary, result); err != nil {
		return noResult(err)
	}
	return c.judge(&summary)
}

// askFarEnd adds to the summary what the simulator's ledger and journal say.
func (c *replay) askFarEnd(ctx context.Context, far *loadgen.FarEnd, p *prepared, r *loadgen.Result, s *loadgen.Summary) error {
	conserved, err := far.Compare(ctx, p.delivers(r.Accepted), r.Fates.Failed, c.Settle)
	if err != nil {
		return err
	}
	s.Conservation = &conserved
	s.Delivery, err = far.Delivery(ctx, p.schedule, r, p.ids)
	return err
}

// prepared is everything needed to run.
type prepared struct {
	target    loadgen.Target
	encoder   loadgen.Encoder
	payloads  []loadgen.Payload
	delivers  func(counts []uint64) uint64
	deviceID  func(device int32) string // nil when events have none to tell
	name      string
	devices   int
	reordered int // events of a recording that were out of order
	ids       loadgen.Identities
	schedule  *loadgen.Schedule
	generator *loadgen.Generator

	deviceLimit float64 // events per second, for the live view
	far         farEnd  // for the live view
}

// prepare turns flags into a generator and its schedule. It touches no network;
// its errors are errors of usage.
func (c *replay) prepare() (*prepared, error) {
	p := &prepared{deviceLimit: c.DeviceLimit, ids: loadgen.Identities{Seed: c.Seed, Run: uint64(now().UnixNano())}}
	if err := c.check(); err != nil {
		return nil, err
	}
	var err error
	if p.target, err = loadgen.ParseTarget(loadgen.Kind(c.Kind), c.Target, c.IMeanIt); err != nil {
		if errors.Is(err, loadgen.ErrRealAmplitude) {
			err = fmt.Errorf("%w; --i-mean-it sends them all the same", err)
		}
		return nil, err
	}
	p.target.Token = c.Token
	set, err := fixtures.Load()
	if err != nil {
		return nil, err
	}
	if c.From != "" {
		err = c.recorded(p, set)
	} else {
		err = c.atRate(p, set)
	}
	if err != nil {
		return nil, err
	}
	p.generator, err = loadgen.New(loadgen.Config{
		Target: p.target, Encoder: p.encoder, Now: now,
		Senders: c.Senders, Timeout: c.Timeout, Tolerance: c.Tolerance,
	})
	return p, err
}

// atRate plans the fixtures at a rate.
func (c *replay) atRate(p *prepared, set *fixtures.Set) error {
	events, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{
		Kind: p.target.Kind, Types: c.Types, APIKey: c.APIKey, Identities: p.ids, Devices: c.Devices > 0,
	})
	if err != nil {
		return err
	}
	p.encoder, p.payloads, p.delivers = events, events.Payloads, events.Delivers
	p.name, p.devices = "replay of the fixtures", int(c.Devices)
	if c.Devices > 0 {
		p.deviceID = p.ids.Device
	}
	p.schedule, err = loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: pace.Constant{PerSecond: c.Rate}, For: c.Duration}},
		Batch:  c.Batch,
		Mix:    loadgen.Rounds{Seed: c.Seed, Payloads: len(events.Payloads), Devices: int(c.Devices)},
	}.Schedule()
	return err
}

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
	if c.Simulator == "" {
		return nil
	}
	if u, err := url.Parse(c.Simulator); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--simulator %q is not an http or https URL", c.Simulator)
	}
	return nil
}

// nameDevice is the id of a device.
func (p *prepared) nameDevice(device int32) string {
	if p.deviceID != nil {
		return p.deviceID(device)
	}
	return p.ids.Device(device)
}

func (p *prepared) types() int {
	types := map[string]bool{}
	for _, payload := range p.payloads {
		types[payload.Type] = true
	}
	return len(types)
}

func (c *replay) summaryConfig(p *prepared) loadgen.SummaryConfig {
	return loadgen.SummaryConfig{
		Version: version,
		Plan: loadgen.PlanInfo{
			Name: p.name, Target: p.target.URL.Redacted(), Kind: p.target.Kind,
			Seed: c.Seed, Rate: float64(p.schedule.Events) / p.schedule.Duration.Seconds(),
			Duration: p.schedule.Duration.Seconds(), Batch: c.Batch, Devices: p.devices,
			Events: p.schedule.Events, Sends: p.schedule.Sends, DeviceLimit: c.DeviceLimit,
		},
		MaxLate:  c.MaxLate,
		TypeOf:   func(payload int) string { return p.payloads[payload].Type },
		DeviceID: p.deviceID,
	}
}

func (c *replay) write(std streams, s *loadgen.Summary, r *loadgen.Result) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := report.WriteTable(std.out, s); err != nil {
		return err
	}
	if c.Out == "" {
		return nil
	}
	if err := report.WriteDir(c.Out, s, r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "report        %s/report.html, summary.json\n", c.Out)
	return err
}

// judge turns the summary into the exit code.
func (c *replay) judge(s *loadgen.Summary) error {
	switch s.Verdict {
	case loadgen.Interrupted:
		return exit{exitInterrupted, errors.New(s.Why)}
	case loadgen.Bottleneck:
		return noResult(fmt.Errorf("no result, the %s: %s", s.Verdict, s.Why))
	case loadgen.Sound:
	}
	var complaints []string
	if s.Sends.Failed > 0 {
		complaints = append(complaints, fmt.Sprintf("%d requests failed", s.Sends.Failed))
	}
	if n := c.unexpected(s); n > 0 {
		complaints = append(complaints, fmt.Sprintf("%d requests had an unexpected status", n))
	}
	if f := s.Conservation; f != nil && !f.Holds() {
		complaints = append(complaints, fmt.Sprintf("at the far end %d events are lost and %d surplus", f.Lost, f.Surplus))
	}
	if len(complaints) > 0 {
		return exit{exitFailed, errors.New(strings.Join(complaints, "; "))}
	}
	return nil
}

// unexpected counts the answers that are neither 2xx nor expected.
func (c *replay) unexpected(s *loadgen.Summary) (n uint64) {
	expected := map[string]bool{}
	for _, status := range c.Expect {
		expected[strconv.Itoa(status)] = true
	}
	for status, times := range s.Statuses {
		if !strings.HasPrefix(status, "2") && !expected[status] {
			n += times
		}
	}
	return n
}

// now is the clock of the program; everything inside takes it as an argument.
func now() time.Time { return time.Now() } //nolint:forbidigo // the outermost layer
