// Command loadgen offers Braze and Amplitude events at a planned rate to an
// exporter or a simulator, and reports what became of them.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/ammeter/ammeter/internal/completion"
	"github.com/ammeter/ammeter/internal/environ"
	"github.com/ammeter/ammeter/internal/flagvalue"
	"github.com/ammeter/ammeter/internal/idleflag"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

func main() { os.Exit(mainCode()) }

// mainCode is main for the script tests, too.
func mainCode() int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, process.EndSignals()...)
	// The first signal ends the run with a report, the second one ends the program.
	go process.OnSignals(signals, nil, func(os.Signal) { stop() }, func(os.Signal) {
		os.Exit(complain(os.Stderr, exit{exitInterrupted, errors.New("stopped at once by a second signal")}))
	})
	return run(ctx, os.Args[1:], streams{
		// Names in files and answers of targets reach it; no escape of theirs may.
		out: printable.Writer(process.Stoppable(ctx, os.Stdout, process.OutputGrace)), err: os.Stderr,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	})
}

// streams are where output goes: results to out, progress and complaints to err.
type streams struct {
	out, err io.Writer
	terminal bool // err is one
}

const description = `Load for exporters of Braze events to Amplitude, as an open model: requests leave when
they are due, answered or not, and latency counts from then.

Examples:

  loadgen replay --target http://127.0.0.1:8090 --rate 100 --duration 10s
  loadgen replay --target http://127.0.0.1:8090 --rate 5000 --batch 100 --devices 10000 \
      --simulator http://127.0.0.1:8080 --api-key KEY --out report
  loadgen replay --target http://127.0.0.1:8080 --kind amplitude --api-key KEY --rate 100
  loadgen replay --target http://127.0.0.1:8090 --from recorded.ndjson --speed 10x
  loadgen run hot-device --out report
  loadgen scenarios
  loadgen scenarios run --all --out scenarios
  loadgen validate my-scenario.yaml
  loadgen capture --listen 127.0.0.1:8090 --key-file secret recorded.ndjson
  loadgen run my-scenario.yaml --bundle run.zip; loadgen reproduce run.zip
  loadgen diff before/summary.json after/summary.json --output markdown
  loadgen from-429 exporter.log --out throttled.yaml && loadgen run throttled.yaml

Each flag is also an environment variable, LOADGEN_ and the flag's name; the help of a
command lists them. AMPLITUDE_API_KEY works for --api-key, too.

Exit codes: 0 done, 1 requests failed, events were lost, the exporter died, or a threshold
broke from one run to the next (diff), 2 wrong usage or an invalid
scenario, 3 no result (the target cannot be reached, a scenario could not be set up, or
the generator was the bottleneck), 99 a threshold is broken
or a bundle was not reproduced, 130 interrupted.`

type commands struct {
	Replay     replay             `cmd:"" help:"Send the fixtures of every event type at a rate for a time, or a recording."`
	Scenario   runScenario        `cmd:"" name:"run" help:"Run a scenario and judge it by its thresholds."`
	Scenarios  scenarioCommands   `cmd:"" help:"List the shipped scenarios, or run them."`
	Validate   validate           `cmd:"" help:"Check scenario files."`
	Capture    capture            `cmd:"" help:"Record Currents events under pseudonyms, from a file or as posts."`
	Reproduce  reproduce          `cmd:"" help:"Run a bundle again and compare the ledgers."`
	Diff       diff               `cmd:"" help:"Compare the summary.json of two runs: better, worse, appeared."`
	From429    from429            `cmd:"" name:"from-429" help:"Make a scenario of a logged 429, in which as many devices are throttled."`
	Completion completion.Command `cmd:"" help:"Print the script that completes the command line in bash, zsh or fish."`
	Print      printVersion       `cmd:"" name:"version" help:"Print the version."`
	Version    kong.VersionFlag   `env:"-" help:"Print the version."`
}

type printVersion struct{}

// Run is the command.
func (printVersion) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, version.Text("loadgen"))
	return err
}

// newParser returns the parser of the command line.
func newParser(ctx context.Context, std streams) (*kong.Kong, error) {
	return kong.New(
		&commands{},
		kong.Name("loadgen"),
		kong.Description(description),
		kong.Writers(std.out, std.err),
		idleflag.Paths(),
		kong.DefaultEnvars("LOADGEN"),
		kong.Vars{"version": version.Text("loadgen")},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
}

// run is the program but for the process around it.
func run(ctx context.Context, args []string, std streams) int {
	out := &output{to: std.out}
	std.out = out
	parser, err := newParser(ctx, std)
	if err != nil {
		return complain(std.err, err)
	}
	if err := environ.Apply(parser.Model, "LOADGEN"); err != nil {
		return complain(std.err, usage(err))
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	chosen, err := parser.Parse(args)
	if err == nil {
		err = cmp.Or(flagvalue.Check(chosen), idleflag.Check(chosen, idleFlags...))
	}
	if err != nil {
		return complain(std.err, usage(fmt.Errorf("%w%s", err, meant(args))))
	}
	err = chosen.Run()
	if err == nil {
		err = out.err
	}
	return complain(std.err, err)
}

// meant says how to run a scenario that is given where a command is to be.
func meant(args []string) string {
	if len(args) > 0 && (slices.Contains(scenarios.Names(), args[0]) || slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(args[0]))) {
		return ": run a scenario with loadgen run " + args[0]
	}
	return ""
}

// idleFlags are the flags that do nothing beside, or without, others.
var idleFlags = []idleflag.Rule{
	{Command: "replay", Flags: []string{"rate", "types", "devices", "seed"}, With: []string{"from"}},
	{Command: "replay", Flags: []string{"token"}, With: []string{"kind=amplitude"}},
	{Flags: []string{"simulator-bin"}, With: []string{"simulator"}},
	{Flags: []string{"exporter-bin", "subject"}, With: []string{"exporter"}},
	{Command: "run", Flags: []string{"api-key", "token"}, Without: []string{"exporter"}},
	{Command: "reproduce", Flags: []string{"api-key", "token"}, Without: []string{"exporter"}},
	{Command: "replay", Flags: []string{"duration"}, With: []string{"from"}, Without: []string{"loop"}},
	{Command: "replay", Flags: []string{"speed"}, Without: []string{"from"}},
	{Command: "replay", Flags: []string{"settle"}, Without: []string{"simulator"}},
	{Command: "capture", Flags: []string{"duration", "port-file"}, With: []string{"from"}},
}
