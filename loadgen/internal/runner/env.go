package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// Env is what a load runs against: a simulator, and an exporter in front of it unless the
// simulator is the target itself.
type Env struct {
	// Target is where the events go.
	Target loadgen.Target
	// Control is the control API of the simulator. Nil: what arrived is not known.
	Control *control.Client
	// Key is the API key whose journal is read.
	Key string
	// Exporter has a ledger. Nil: there is none to read.
	Exporter Exporter
	// Reused reports whether the key has been used before, so that the event ids of
	// this run must be new.
	Reused bool
	// Versions are those of the simulator and of the exporter, as far as they are known.
	Versions map[string]string

	prepared bool
	programs []*program // that were started here, in this order
	exporter *program   // one of them; nil: it was not started here
	keyFile  string     // which the exporter reads; empty: none
	dir      string
}

// Setup says what is there already; the rest is started.
type Setup struct {
	// Simulator is the base URL of a running one, which serves its control API
	// and the ingestion API. Empty: one is started from SimulatorBin.
	Simulator    string
	SimulatorBin string // empty: found
	// Exporter is the base URL of a running one that delivers to Simulator with
	// APIKey. Empty: one is started, as Subject says.
	Exporter string
	// Subject is a subject file. Empty: our exporter. ExporterBin replaces its command.
	Subject     string
	ExporterBin string
	APIKey      string
	Token       string // of a running exporter
}

// Start makes the Env of a scenario. Close must be called.
func Start(ctx context.Context, cfg Setup, s *scenario.Scenario) (*Env, error) {
	dir, err := os.MkdirTemp("", "loadgen-")
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	e := &Env{dir: dir, Versions: map[string]string{}}
	if err := e.start(ctx, cfg, s); err != nil {
		_, closing := e.Close(context.WithoutCancel(ctx))
		return nil, errors.Join(err, closing)
	}
	return e, nil
}

func (e *Env) start(ctx context.Context, cfg Setup, s *scenario.Scenario) error {
	url := cfg.Simulator
	if url == "" {
		var err error
		if url, err = e.startSimulator(ctx, cfg.SimulatorBin); err != nil {
			return err
		}
	}
	e.Control = control.New(url)
	if err := e.Control.Ready(ctx); err != nil {
		return fmt.Errorf("ask the simulator whether it is ready: %w", err)
	}
	config, err := e.Control.Config(ctx)
	if err != nil {
		return fmt.Errorf("ask the simulator for its version: %w", err)
	}
	e.Versions["simulator"] = config.Version
	e.prepared = true
	if cfg.Exporter != "" {
		// Its key is what it is; limits are set for that.
		e.Key, e.Reused = cfg.APIKey, true
		err = PrepareKey(ctx, e.Control, e.Key, s)
	} else {
		e.Key, err = Prepare(ctx, e.Control, s)
	}
	if err != nil {
		return err
	}
	return e.aim(ctx, cfg, url, s)
}

// startTime is the longest wait for the simulator to start, stopTime for it to end before
// it is killed.
const startTime, stopTime = 15 * time.Second, 10 * time.Second

func (e *Env) startSimulator(ctx context.Context, binary string) (url string, err error) {
	if binary == "" {
		if binary, err = Find("amplitude-simulator"); err != nil {
			return "", err
		}
	}
	p, err := e.launch(ctx, "simulator", subject.Command{
		Path: binary, Args: []string{"serve", "--listen", "$CURRENTS_LISTEN"}, StartTimeout: startTime, DrainTimeout: stopTime,
	}, subject.Env{})
	if err != nil {
		return "", err
	}
	return p.URL(), nil
}

// aim makes the target.
func (e *Env) aim(ctx context.Context, cfg Setup, simulator string, s *scenario.Scenario) (err error) {
	if s.Target == loadgen.Amplitude {
		e.Target, err = loadgen.ParseTarget(loadgen.Amplitude, simulator, false)
		return err
	}
	url := cfg.Exporter
	if url == "" {
		if url, err = e.startExporter(ctx, cfg, simulator, s); err != nil {
			return err
		}
	}
	stats := Stats{URL: url, Token: cfg.Token}
	if _, err := stats.Ledger(ctx); err == nil { // it has a ledger like ours
		e.Exporter = stats
	}
	e.Target, err = loadgen.ParseTarget(loadgen.Exporter, url, false)
	e.Target.Token = cfg.Token
	return err
}

// Close stops what was started, and leaves a simulator that was not started here without
// the scenario's faults and clock. Slow are the programs that had to be killed.
func (e *Env) Close(ctx context.Context) (slow []string, err error) {
	ours := false
	for _, p := range slices.Backward(e.programs) {
		ours = ours || p.name == "simulator"
		if err := p.stop(ctx); errors.Is(err, subject.ErrSlow) {
			slow = append(slow, fmt.Sprintf("the %s %v", p.name, err))
		}
	}
	if !ours && e.prepared && e.Key != "" {
		err = CleanUp(ctx, e.Control, e.Key)
	}
	return slow, errors.Join(err, os.RemoveAll(e.dir))
}
