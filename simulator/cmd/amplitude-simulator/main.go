// Command amplitude-simulator serves the Amplitude ingestion API for tests.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/completion"
	"github.com/ammeter/ammeter/internal/environ"
	"github.com/ammeter/ammeter/internal/flagvalue"
	"github.com/ammeter/ammeter/internal/idleflag"
	"github.com/ammeter/ammeter/internal/nearest"
	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/version"
)

func main() { os.Exit(runMain()) }

// runMain is main for the script tests, too.
func runMain() int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, process.EndSignals()...)
	go process.OnSignals(signals, nil, func(os.Signal) { stop() }, func(os.Signal) {
		os.Exit(printError(os.Stderr, errors.New("stopped at once by a second signal; requests were cut off"), exitFailed))
	})
	return run(ctx, os.Args[1:], process.Stoppable(ctx, os.Stdout, process.OutputGrace), os.Stderr)
}

// envPrefix begins the names of all environment variables that are flags.
const envPrefix = "AMPLITUDE_SIMULATOR"

const (
	exitFailed  = 1
	exitUsage   = 2
	exitKey     = 3
	exitStopped = 4
	exitForeign = 5
)

// commands is the command line.
type commands struct {
	Serve      serve              `cmd:"" default:"withargs" help:"Serve the API (the default)."`
	Validate   validate           `cmd:"" help:"Check a configuration file, with all that it names, and start nothing."`
	Env        env                `cmd:"" help:"Print the shell commands that set what a client of this simulator needs."`
	Health     health             `cmd:"" help:"Ask a running simulator whether it is ready; exit 1 if it is not. For images without a shell."`
	Fidelity   fidelity           `cmd:"" help:"Print every behavior of the simulator, how it is known, and the values it can be set to."`
	Calibrate  calibration        `cmd:"" help:"Find out how a real Amplitude behaves where the simulator has to choose."`
	Completion completion.Command `cmd:"" help:"Print the script that completes the command line in bash, zsh or fish."`
	Tell       versions           `cmd:"" name:"version" help:"Print the version."`
	Version    kong.VersionFlag   `env:"-" help:"Print the version."`
}

const description = `The Amplitude ingestion API for tests: /2/httpapi and /batch with their limits, and
a control API under /_admin for keys, clock and journal. "serve --help" lists the flags;
each is also an environment variable and a member of the configuration file, where keys
and limits have members of their own. A flag comes before the environment, that before
the file.

Examples:

  amplitude-simulator --key 0123456789abcdef0123456789abcdef
  amplitude-simulator --listen 127.0.0.1:0 --port-file port --strict
  amplitude-simulator --behavior short_id_httpapi=strip --daily-quota 1000
  amplitude-simulator --tls --tls-cert-out ca.pem --admin-listen 127.0.0.1:8081 --admin-token auto
  amplitude-simulator validate --config simulator.yaml
  eval "$(amplitude-simulator env --config simulator.yaml)"
  amplitude-simulator health --listen 127.0.0.1:8080
  amplitude-simulator calibrate --region eu --api-key-file key --allow-production

Exit codes: 0 stopped as asked, 1 failed or stopped by a second signal, 2 wrong usage;
of calibrate also 3 no API key or one that is refused, 4 stopped before its end, with what
it had seen kept, 5 something else than the Amplitude API answers.`

// versions is the command that prints the version, as --version does.
type versions struct{}

// Run prints it.
func (versions) Run(to streams) error {
	_, err := fmt.Fprintln(to.out, version.Text("amplitude-simulator"))
	return err
}

// streams are where the program writes.
type streams struct{ out, err io.Writer }

// run is the program but for the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	parser, err := newParser(ctx, &commands{}, streams{stdout, stderr})
	if err != nil {
		return printError(stderr, err, exitFailed)
	}
	if err := environ.Apply(parser.Model, envPrefix); err != nil {
		return printError(stderr, err, exitUsage)
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	parsed, err := parser.Parse(args)
	if err == nil {
		err = cmp.Or(flagvalue.Check(parsed), idleflag.Check(parsed, idleFlags...))
	}
	if err != nil {
		return printError(stderr, fmt.Errorf("%w%s", err, meant(parser.Model, args)), exitUsage)
	}
	if err := parsed.Run(); err != nil {
		return printError(stderr, err, exitCode(err))
	}
	return 0
}

// meant returns which command a first argument that is none may be, with a comma before it.
// The parser does not say: what is no command is an argument of the default one.
func meant(app *kong.Application, args []string) string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return ""
	}
	var names []string
	for _, command := range app.Children {
		names = append(names, command.Name)
	}
	if slices.Contains(names, args[0]) {
		return ""
	}
	return nearest.Hint(args[0], names)
}

// idleFlags are the flags that do nothing beside, or without, others.
var idleFlags = []idleflag.Rule{
	{Flags: []string{"tls-cert-out"}, Without: []string{"tls", "tls-cert"}},
	{Flags: []string{"profile"}, With: []string{"strict"}},
	{Command: "calibrate", Flags: []string{"yes"}, Without: []string{"limits"}},
	{Command: "calibrate", Flags: []string{"braze-partner-key-file", "braze-client-secret-file"}, Without: []string{"braze-url"}},
}

// newParser returns the parser of the command line.
func newParser(ctx context.Context, c *commands, to streams) (*kong.Kong, error) {
	file := new(configFile)
	return kong.New(
		c,
		kong.Name("amplitude-simulator"),
		kong.Description(description),
		kong.Writers(to.out, to.err),
		kong.Vars{"version": version.Text("amplitude-simulator")},
		kong.DefaultEnvars(envPrefix),
		idleflag.Paths(),
		kong.WithBeforeResolve(file.read),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(to, file),
	)
}
