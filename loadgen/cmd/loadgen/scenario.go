package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/play"
	"github.com/ammeter/ammeter/loadgen/internal/stage"
	"github.com/ammeter/ammeter/loadgen/report"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

// stageFlags say what a scenario is played on.
type stageFlags struct {
	Simulator    string `placeholder:"URL" help:"Running simulator to use, with its control API on the same address. Default: one is started."`
	SimulatorBin string `type:"path" placeholder:"FILE" help:"Simulator to start. Default: amplitude-simulator beside this program or in PATH."`
	Exporter     string `placeholder:"URL" help:"Running exporter to use, which must deliver to --simulator with --api-key. Default: one is started."`
	ExporterBin  string `type:"path" placeholder:"FILE" help:"Exporter to start. Default: currents-exporter beside this program or in PATH."`
	APIKey       string `env:"LOADGEN_API_KEY,AMPLITUDE_API_KEY" placeholder:"KEY" help:"API key of a running exporter."`
	Token        string `placeholder:"TOKEN" help:"Bearer token of a running exporter."`

	Tolerance time.Duration `default:"100ms" help:"How late a request may leave without counting as late."`
	MaxLate   float64       `default:"0.05" help:"Share of late and dropped requests above which there is no result."`
}

func (f *stageFlags) config() (stage.Config, error) {
	cfg := stage.Config{
		Simulator: f.Simulator, SimulatorBin: f.SimulatorBin, Exporter: f.Exporter, ExporterBin: f.ExporterBin,
		Token: f.Token,
	}
	switch {
	case f.Exporter != "" && (f.Simulator == "" || f.APIKey == ""):
		return cfg, errors.New("--exporter needs --simulator and --api-key: where it delivers, and with which key")
	case f.Tolerance <= 0:
		return cfg, errors.New("--tolerance must be above 0")
	case !(f.MaxLate >= 0 && f.MaxLate <= 1):
		return cfg, fmt.Errorf("--max-late %v is not a share between 0 and 1", f.MaxLate)
	}
	if f.Exporter != "" {
		cfg.APIKey = f.APIKey // else each scenario gets a key of its own
	}
	return cfg, nil
}

// played is how a scenario went.
type played struct {
	scenario *scenario.Scenario
	summary  *loadgen.Summary
	result   *loadgen.Result
	took     time.Duration
	versions map[string]string // of the programs that took part
	err      error             // it did not take place as written
}

// play plays a scenario on a stage of its own.
func (f *stageFlags) play(ctx context.Context, std streams, s *scenario.Scenario) (p played) {
	p.scenario = s
	begin := now()
	cfg, err := f.config()
	if err != nil {
		p.err = usage(err)
		return p
	}
	if cfg.Exporter != "" && s.Exporter != (scenario.Exporter{}) {
		fmt.Fprintf(std.err, "loadgen: %s is for an exporter with %s; a running one must be set like that\n", s.Name, settings(s.Exporter))
	}
	set, err := stage.Start(ctx, cfg, s)
	if err != nil {
		p.err = noResult(err)
		return p
	}
	p.versions = map[string]string{"loadgen": version, "go": runtime.Version()}
	maps.Copy(p.versions, set.Versions)
	wait := waiting{std: std}
	p.summary, p.result, err = play.Play(ctx, s, &set.Stage, play.Config{
		Now: now, Version: version, Tolerance: f.Tolerance, MaxLate: f.MaxLate,
		Settling: wait.show,
		Watch: func(ctx context.Context, r play.Running) *loadgen.Result {
			p := prepared{
				target: r.Target, ids: r.IDs, schedule: r.Schedule, generator: r.Generator, deviceLimit: r.DeviceLimit,
			}
			if r.Target.Kind == loadgen.Exporter {
				p.far = farEnd{client: set.Control, key: set.Key}
			}
			return watched(ctx, std, &p)
		},
	})
	wait.end()
	if err = errors.Join(err, set.Close(context.WithoutCancel(ctx))); err != nil {
		p.err = noResult(err)
	}
	p.took = now().Sub(begin)
	return p
}

// settings are those that a scenario needs of an exporter.
func settings(x scenario.Exporter) string {
	var all []string
	for _, s := range []struct {
		name  string
		value scenario.Duration
	}{{"throttle pause", x.ThrottlePause}, {"quota pause", x.QuotaPause}, {"credential grace", x.CredentialGrace}} {
		if s.value > 0 {
			all = append(all, fmt.Sprintf("%s %v", s.name, s.value))
		}
	}
	return strings.Join(all, ", ")
}

// done reports whether it took place.
func (p *played) done() bool { return p.err == nil && p.summary != nil }

// judge turns the outcome into the exit code.
func (p *played) judge() error {
	switch {
	case p.err != nil:
		return p.err
	case p.summary.Verdict == loadgen.Interrupted:
		return exit{exitInterrupted, errors.New(p.summary.Why)}
	case p.summary.Verdict == loadgen.Bottleneck:
		return noResult(fmt.Errorf("no result, the %s: %s", p.summary.Verdict, p.summary.Why))
	}
	if broken := p.summary.Broken(); broken > 0 {
		return exit{exitThreshold, fmt.Errorf("%s: %d of %d thresholds are broken", p.scenario.Name, broken, len(p.summary.Goals))}
	}
	if n := play.Unexpected(p.scenario, p.summary); n > 0 {
		return exit{exitFailed, fmt.Errorf("%s: %d requests had an answer that the scenario does not expect", p.scenario.Name, n)}
	}
	return nil
}

// write writes the files of a played scenario, if it got that far.
func (p *played) write(dir string) error {
	if dir == "" || p.summary == nil || p.result == nil {
		return nil
	}
	if err := p.summary.Validate(); err != nil {
		return err
	}
	return report.WriteDir(dir, p.summary, p.result)
}

// open reads a scenario: a file, or a shipped incident by name.
func open(nameOrFile string) (*scenario.Scenario, error) {
	if !strings.ContainsAny(nameOrFile, "./"+string(filepath.Separator)) {
		return scenarios.Load(nameOrFile)
	}
	dir, file := filepath.Split(nameOrFile)
	return scenario.Load(os.DirFS(filepath.Clean("./"+dir)), file)
}
