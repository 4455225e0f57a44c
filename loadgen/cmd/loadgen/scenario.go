package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/internal/yamltext"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

// envFlags say what a scenario runs on.
type envFlags struct {
	Simulator    string `placeholder:"URL" help:"Running simulator to use, with its control API on the same address. Default: one is started."`
	SimulatorBin string `type:"path" placeholder:"FILE" help:"Simulator to start. Default: amplitude-simulator beside this program or in PATH."`
	Exporter     string `placeholder:"URL" help:"Running exporter to use, which must deliver to --simulator with --api-key. Default: one is started."`
	ExporterBin  string `type:"path" placeholder:"FILE" help:"Exporter to start, in place of the subject's command. Default: currents-exporter beside this program or in PATH."`
	Subject      string `type:"path" placeholder:"FILE" help:"Subject file of the exporter to start, as for conformance; settings in it say how its pauses are set. Default: that of currents-exporter."`
	APIKey       string `env:"LOADGEN_API_KEY,AMPLITUDE_API_KEY" placeholder:"KEY" help:"API key of a running exporter."`
	Token        string `placeholder:"TOKEN" help:"Bearer token of a running exporter."`

	Tolerance time.Duration `default:"100ms" help:"How late a request may leave without counting as late."`
	MaxLate   float64       `default:"0.05" help:"Share of late and dropped requests above which there is no result."`
}

func (f *envFlags) config() (runner.Setup, error) {
	if err := errors.Join(clean("--api-key", &f.APIKey), clean("--token", &f.Token), checkBases(f.Simulator, f.Exporter)); err != nil {
		return runner.Setup{}, err
	}
	cfg := runner.Setup{
		Simulator: f.Simulator, SimulatorBin: f.SimulatorBin, Exporter: f.Exporter,
		Subject: f.Subject, ExporterBin: f.ExporterBin, Token: f.Token,
	}
	switch {
	case f.Exporter != "" && (f.Simulator == "" || f.APIKey == ""):
		return cfg, errors.New("--exporter needs --simulator and --api-key: where it delivers, and with which key")
	case f.Tolerance <= 0:
		return cfg, errors.New("--tolerance must be above 0")
	case !(f.MaxLate >= 0 && f.MaxLate <= 1):
		return cfg, fmt.Errorf("--max-late %v is not a share between 0 and 1", f.MaxLate)
	}
	if f.Subject != "" {
		if _, err := subject.Load(f.Subject, nil); err != nil { // before anything is said or started
			return cfg, invalid{err}
		}
	}
	if f.Exporter != "" {
		cfg.APIKey = f.APIKey // else each scenario gets a key of its own
	}
	return cfg, nil
}

// run runs a scenario in an environment of its own.
func (f *envFlags) run(ctx context.Context, std streams, s *scenario.Scenario) (p finished) {
	p.scenario = s
	cfg, err := f.config()
	if err != nil {
		p.err = usage(err)
		return p
	}
	if cfg.Exporter != "" && s.Exporter != (scenario.Exporter{}) {
		fmt.Fprintf(std.err, "loadgen: %s is for an exporter with %s; start the one that runs with these flags, or its like\n", s.Name, settings(s.Exporter))
	}
	fmt.Fprintf(std.err, "loadgen: %s takes %v, and at most %v more until all is delivered\n", s.Name, s.Length(), s.Settle)
	env, err := runner.Start(ctx, cfg, s)
	if err != nil {
		p.err = noResult(err)
		return p
	}
	p.versions = map[string]string{"loadgen": version.Number(), "go": runtime.Version()}
	maps.Copy(p.versions, env.Versions)
	load, err := runner.FromScenario(s, env, now())
	if err == nil {
		p.summary, p.result, err = watch(ctx, std, load, env, runner.Config{Tolerance: f.Tolerance, MaxLate: f.MaxLate})
	}
	slow, closing := env.Close(context.WithoutCancel(ctx))
	for _, text := range slow {
		fmt.Fprintf(std.err, "loadgen: %s\n", text)
	}
	if err = errors.Join(err, closing); err != nil {
		p.err = noResult(err)
	}
	return p
}

// watch runs a load and shows how it stands.
func watch(ctx context.Context, std streams, load *runner.Load, env *runner.Env, cfg runner.Config) (*loadgen.Summary, *loadgen.Result, error) {
	view, every := newView(std, load)
	defer view.end()
	cfg.Now, cfg.Version, cfg.Show, cfg.Interval = now, version.Number(), view.update, every
	return runner.Run(ctx, load, env, cfg)
}

// settings are those that a scenario needs of an exporter, as the flags of currents-exporter.
func settings(x scenario.Exporter) string {
	var all []string
	for _, s := range []struct {
		name  string
		value scenario.Duration
	}{{"--throttle-pause", x.ThrottlePause}, {"--quota-pause", x.QuotaPause}, {"--credential-grace", x.CredentialGrace}} {
		if s.value > 0 {
			all = append(all, fmt.Sprintf("%s %v", s.name, s.value))
		}
	}
	return strings.Join(all, " ")
}

// open reads a scenario, a file or a shipped scenario by name, and returns its text,
// too.
func open(nameOrFile string) (s *scenario.Scenario, text []byte, err error) {
	file := filepath.Base(nameOrFile)
	if strings.ContainsAny(nameOrFile, "./"+string(filepath.Separator)) {
		text, err = yamltext.ReadFile(nameOrFile)
	} else {
		file += ".yaml"
		text, err = scenarios.Text(nameOrFile)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read scenario: %w", err)
	}
	s, err = scenario.ParseFile(file, text)
	return s, text, err
}
