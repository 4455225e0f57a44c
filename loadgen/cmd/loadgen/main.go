// Command loadgen offers Braze and Amplitude events at a planned rate to an
// exporter or a simulator, and reports what became of them.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// version is stamped by the linker.
var version = "dev"

func main() { os.Exit(mainCode()) }

// mainCode is main for the script tests, too.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the run with a report, the second one ends the program.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], streams{
		out: os.Stdout, err: os.Stderr,
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
  loadgen incidents
  loadgen incidents run --all --out incidents
  loadgen validate my-incident.yaml
  loadgen capture --listen 127.0.0.1:8090 --key-file secret recorded.ndjson
  loadgen run my-incident.yaml --bundle incident.zip; loadgen reproduce incident.zip
  loadgen from-429 exporter.log --out throttled.yaml && loadgen run throttled.yaml

Each flag is also an environment variable, LOADGEN_ and the flag's name; the help of a
command lists them. AMPLITUDE_API_KEY works for --api-key, too.

Exit codes: 0 done, 1 requests failed or events were lost, 2 wrong usage or an invalid
scenario, 3 no result (the target cannot be reached, an incident could not be staged, or
the generator was the bottleneck), 99 a threshold is broken
or a bundle was not reproduced, 130 interrupted.`

type commands struct {
	Replay    replay           `cmd:"" help:"Send the fixtures of every event type at a rate for a time, or a recording."`
	Scenario  runScenario      `cmd:"" name:"run" help:"Play a scenario and judge it by its thresholds."`
	Incidents incidents        `cmd:"" help:"List the shipped incidents, or play them."`
	Validate  validate         `cmd:"" help:"Check scenario files."`
	Capture   capture          `cmd:"" help:"Record Currents events under pseudonyms, from a file or as posts."`
	Reproduce reproduce        `cmd:"" help:"Play a bundle again and compare the ledgers."`
	From429   from429          `cmd:"" name:"from-429" help:"Make a scenario of a logged 429, in which as many devices are throttled."`
	Version   kong.VersionFlag `env:"-" help:"Print the version."`
}

// run is the program but for the process around it.
func run(ctx context.Context, args []string, std streams) int {
	var c commands
	parser, err := kong.New(
		&c,
		kong.Name("loadgen"),
		kong.Description(description),
		kong.Writers(std.out, std.err),
		kong.DefaultEnvars("LOADGEN"),
		kong.Vars{"version": version},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		return complain(std.err, err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return complain(std.err, usage(err))
	}
	return complain(std.err, chosen.Run())
}
