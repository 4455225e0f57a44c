package stage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/play"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// Config tells what is there already; the rest is started.
type Config struct {
	// Simulator is the base URL of a running one, which serves its control API
	// and the ingestion API. Empty: one is started from SimulatorBin.
	Simulator    string
	SimulatorBin string // empty: found
	// Exporter is the base URL of a running one that delivers to Simulator with
	// APIKey. Empty: one is started from ExporterBin.
	Exporter    string
	ExporterBin string // empty: found
	APIKey      string
	Token       string // of a running exporter
}

// Set is a stage and what was started for it.
type Set struct {
	play.Stage
	// Versions are those of the simulator and of the exporter, as far as they tell.
	Versions map[string]string

	scaled    bool
	simulator *process
	exporter  *exporter
	dir       string
}

// Start builds the stage of a scenario. Close must be called.
func Start(ctx context.Context, cfg Config, s *scenario.Scenario) (*Set, error) {
	dir, err := os.MkdirTemp("", "loadgen-")
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	set := &Set{dir: dir, Versions: map[string]string{}}
	if err := set.start(ctx, cfg, s); err != nil {
		return nil, errors.Join(err, set.Close(context.WithoutCancel(ctx)))
	}
	return set, nil
}

func (set *Set) start(ctx context.Context, cfg Config, s *scenario.Scenario) error {
	url := cfg.Simulator
	if url == "" {
		binary, err := found(cfg.SimulatorBin, "amplitude-simulator")
		if err != nil {
			return err
		}
		if set.simulator, err = start(ctx, "simulator", binary, set.dir, "serve", "--listen", "127.0.0.1:0"); err != nil {
			return err
		}
		url = set.simulator.url()
	}
	set.Control = control.New(url)
	if err := set.Control.Ready(ctx); err != nil {
		return fmt.Errorf("ask the simulator whether it is ready: %w", err)
	}
	told, err := set.Control.Config(ctx)
	if err != nil {
		return fmt.Errorf("ask the simulator for its version: %w", err)
	}
	set.Versions["simulator"] = told.Version
	if cfg.Exporter != "" {
		// Its key is what it is; limits are set for that.
		set.Key, set.Reused = cfg.APIKey, true
	}
	if err := set.prepare(ctx, s); err != nil {
		return err
	}
	return set.aim(ctx, cfg, url, s)
}

// prepare gets a key, or prepares the one that is given.
func (set *Set) prepare(ctx context.Context, s *scenario.Scenario) (err error) {
	set.scaled = true
	if set.Key == "" {
		set.Key, err = play.Prepare(ctx, set.Control, s)
		return err
	}
	return play.PrepareKey(ctx, set.Control, set.Key, s)
}

// aim makes the target.
func (set *Set) aim(ctx context.Context, cfg Config, simulator string, s *scenario.Scenario) (err error) {
	if s.Target == loadgen.Amplitude {
		set.Target, err = loadgen.ParseTarget(loadgen.Amplitude, simulator, false)
		return err
	}
	url := cfg.Exporter
	if url == "" {
		binary, err := found(cfg.ExporterBin, "currents-exporter")
		if err != nil {
			return err
		}
		if set.exporter, err = startExporter(ctx, binary, set.dir, simulator, set.Key, s); err != nil {
			return err
		}
		url, set.Exporter = set.exporter.URL, set.exporter
		if v := exporterVersion(ctx, binary); v != "" {
			set.Versions["exporter"] = v
		}
	} else if stats := (Stats{URL: url, Token: cfg.Token}); stats.tells(ctx) {
		set.Exporter = stats
	}
	set.Target, err = loadgen.ParseTarget(loadgen.Exporter, url, false)
	set.Target.Token = cfg.Token
	return err
}

// tells reports whether the exporter has a ledger like ours.
func (s Stats) tells(ctx context.Context) bool {
	_, err := s.Ledger(ctx)
	return err == nil
}

// Close stops what was started, and leaves a simulator that was not started here
// without the scenario's faults and clock.
func (set *Set) Close(ctx context.Context) error {
	var err error
	if set.exporter != nil {
		set.exporter.stop()
	}
	if set.simulator != nil {
		set.simulator.stop()
	} else if set.scaled && set.Key != "" {
		err = play.TearDown(ctx, set.Control, set.Key)
	}
	return errors.Join(err, os.RemoveAll(set.dir))
}

func found(binary, name string) (string, error) {
	if binary != "" {
		return binary, nil
	}
	return Find(name)
}
