package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/completion"
	"github.com/ammeter/ammeter/internal/idleflag"
	"github.com/ammeter/ammeter/internal/printable"
)

// Exit codes.
const (
	exitSettled   = 0
	exitUnsettled = 1 // the ledger does not add up, or something is left undelivered
	exitUsage     = 2
	exitInput     = 3 // cannot start, or an input cannot be read or is not complete
	exitKey       = 4 // the API key is refused
	exitAtOnce    = 130
)

// streams are what the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// log is where records of the log go; what is written to err becomes one with
	// --log-format json.
	log io.Writer
	// divert sends what libraries write to standard error elsewhere. Optional.
	divert func(*logLines) (restore func(), err error)
	// interactive is set if err is a terminal somebody looks at.
	interactive bool
	stop        *stopping
}

type cli struct {
	Export      exportCommand      `cmd:"" help:"Export files, object stores or standard input, and end when everything is settled."`
	Serve       serveCommand       `cmd:"" help:"Receive the posts of Braze's Custom HTTP connector until stopped."`
	DryRun      dryRunCommand      `cmd:"" name:"dry-run" help:"Print the events that export would send, without a key and without sending them."`
	Health      healthCommand      `cmd:"" help:"Ask a running exporter whether it takes events; exit 1 if it does not. For probes of images without a shell."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" help:"Look at dead letters, the events that Amplitude refused for good, and send them once more."`
	Validate    validateCommand    `cmd:"" help:"Check configuration file, environment and flags, and tell all that is wrong."`
	Types       typesCommand       `cmd:"" help:"List the event types that can be exported."`
	Completion  completion.Command `cmd:"" help:"Print the script that completes the command line in bash, zsh or fish."`
	Version     versionCommand     `cmd:"" help:"Print the version."`

	VersionFlag kong.VersionFlag `name:"version" env:"-" help:"Print the version."`
}

const description = `Delivers Braze Currents events to Amplitude.

Examples:
  currents-exporter export --api-key-file key.txt ./currents-bucket/
  zcat events.ndjson.gz | currents-exporter export --region eu -
  currents-exporter export --cursor done.json 's3://bucket/currents/?region=eu-west-1'
  currents-exporter export --cursor done.json --watch gs://bucket/currents/
  currents-exporter dry-run part-0.avro
  currents-exporter serve --listen 127.0.0.1:8090 --token-file token.txt
  currents-exporter validate --config connector.yaml
  currents-exporter health --listen 127.0.0.1:8090

Every flag can be set by an environment variable, CURRENTS_EXPORTER_ and its name
in capitals, and in the file of --config: a flag comes before the environment, that
before the file, and that before the default.

Exit codes: 0 every event read is accepted, dropped with a reason or kept as a dead
letter; 1 some are not; 2 usage; 3 cannot start, or an input cannot be read to its end;
4 the API key is refused; 130 stopped at once by a second signal.`

// variables is the prefix of the environment variables that are settings.
const variables = "CURRENTS_EXPORTER"

// newParser returns the parser of the command line. It calls exit after --help and
// --version.
func newParser(ctx context.Context, in *invocation, s streams, exit func(code int)) (*kong.Kong, error) {
	return kong.New(
		in.cli,
		kong.Name("currents-exporter"),
		kong.Description(description),
		kong.Writers(s.out, s.err),
		kong.Exit(exit),
		kong.Resolvers(&configFile{}),
		kong.NamedMapper("path", kong.MapperFunc(pathOf)),
		kong.DefaultEnvars(variables),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": versionText()},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(in),
	)
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	in, err := parse(ctx, args, s)
	if err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %s\n", printable.Text(err.Error()))
		if _, explained := errors.AsType[*parseError](err); explained {
			fmt.Fprintln(s.err, "Try currents-exporter --help.")
		}
		return exitUsage
	}
	if in.command == nil {
		return in.code
	}
	s.log = s.err
	if flags := in.logging(); flags != nil && flags.json() {
		lines := &logLines{log: flags.logger(s.log, new(slog.LevelVar))}
		s.err, s.interactive = lines, false
		s.stop.tell(lines)
		defer lines.Flush()
		if s.divert != nil {
			restore, err := s.divert(lines)
			if err != nil {
				fmt.Fprintf(s.err, "currents-exporter: %v\n", err)
				return exitInput
			}
			defer restore()
		}
	}
	trustRoots()
	if err := in.command.Run(s); err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %s\n", printable.Text(explained(ctx, err)))
		return exitCode(err)
	}
	return exitSettled
}

// explained is the text of an error of a command. What a signal ended says so.
func explained(ctx context.Context, err error) string {
	if ctx.Err() == nil {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), context.Canceled.Error(), "stopped by a signal before the end")
}

// idleFlags are the flags that do nothing in a command, though they do in another that
// shares them.
var idleFlags = []idleflag.Rule{
	{Flags: []string{"nats-partitions", "nats-replicas", "nats-lease", "nats-creds", "nats-ca"}, Without: []string{"nats-url"}},
	{Flags: []string{"admin-port-file"}, Without: []string{"admin-listen"}},
	{Command: "health", Flags: []string{"listen", "port-file"}, With: []string{"admin-listen"}},
	{Command: "health", Flags: []string{"listen", "port-file", "admin-listen", "tls-cert"}, With: []string{"pid"}},
	{Command: "export", Flags: []string{"admin-token", "admin-token-file"}, Without: []string{"admin-listen"}},
	{Command: "export", Flags: []string{"watch-interval", "drain-timeout"}, Without: []string{"watch"}},
	{Command: "export", Flags: []string{"connector", "max-disk", "durability"}, Without: []string{"data-dir", "nats-url"}},
	{Flags: []string{"durability", "data-dir"}, With: []string{"nats-url"}}, // its servers decide
	{Flags: []string{"region"}, With: []string{"url"}},
	{Flags: []string{"api-key"}, With: []string{"api-key-file"}},
	{Flags: []string{"token"}, With: []string{"token-file"}},
	{Flags: []string{"allow-anonymous"}, With: []string{"token", "token-file"}},
	{Flags: []string{"admin-token"}, With: []string{"admin-token-file"}},
	{Flags: []string{"name"}, Without: []string{"contact-email"}},
	{Flags: []string{"dead-letter-expired"}, With: []string{"credential-grace=0s"}},
}

// pathOf reads a path. An empty one would be the current directory.
func pathOf(ctx *kong.DecodeContext, target reflect.Value) error {
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	if path == "" {
		return errors.New(noValue)
	}
	target.SetString(kong.ExpandPath(path))
	return nil
}

// unsettledError ends the program with exitUnsettled: its ledger is not closed.
type unsettledError struct{ err error }

func (e *unsettledError) Error() string { return e.err.Error() }

func (e *unsettledError) Unwrap() error { return e.err }

// usageError is a flag whose value cannot be used.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func exitCode(err error) int {
	_, usage := errors.AsType[*usageError](err)
	_, input := errors.AsType[*exporter.InputError](err)
	_, unsettled := errors.AsType[*unsettledError](err)
	_, notReady := errors.AsType[*notReadyError](err)
	_, unsaved := errors.AsType[*exporter.CursorError](err)
	switch {
	case usage:
		return exitUsage
	case errors.Is(err, exporter.ErrKeyRefused):
		return exitKey
	case errors.Is(err, context.Canceled):
		return exitUnsettled
	case input:
		return exitInput
	case unsettled, unsaved, notReady:
		return exitUnsettled
	default:
		return exitInput
	}
}
