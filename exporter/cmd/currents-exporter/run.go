package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/exporter"
)

// Exit codes.
const (
	exitSettled   = 0
	exitUnsettled = 1 // the ledger does not add up, or something is left undelivered
	exitUsage     = 2
	exitInput     = 3 // cannot start, or an input cannot be read
	exitKey       = 4 // the API key is refused
)

// streams are what the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// interactive tells that err is a terminal somebody looks at.
	interactive bool
}

type cli struct {
	Export      exportCommand      `cmd:"" help:"Export files, object stores or standard input, and end when everything is settled."`
	Serve       serveCommand       `cmd:"" help:"Receive the posts of Braze's Custom HTTP connector until stopped."`
	DryRun      dryRunCommand      `cmd:"" name:"dry-run" help:"Print the events that export would send, without a key and without sending them."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" help:"Look at the events Amplitude does not take, and send them once more."`
	Validate    validateCommand    `cmd:"" help:"Check configuration file, environment and flags, and tell all that is wrong."`
	Types       typesCommand       `cmd:"" help:"List the event types that can be exported."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
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

Every flag can be set by an environment variable, CURRENTS_EXPORTER_ and its name
in capitals, and in the file of --config: a flag comes before the environment, that
before the file, and that before the default. Exit codes: 0 everything is settled, 1 something is not, 2 usage,
3 cannot start or an input cannot be read, 4 the API key is refused.`

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	code, exited := exitSettled, false
	parser, err := kong.New(&cli{},
		kong.Name("currents-exporter"),
		kong.Description(description),
		kong.Writers(s.out, s.err),
		kong.Exit(func(c int) { code, exited = c, true }),
		kong.Resolvers(&settings{}),
		kong.DefaultEnvars("CURRENTS_EXPORTER"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %v\n", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %v\nTry currents-exporter --help.\n", err)
		return exitUsage
	}
	if err := command.Run(); err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %v\n", err)
		return exitCode(err)
	}
	return exitSettled
}

// unsettledError tells that the program ended with a ledger that is not closed.
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
	switch {
	case usage:
		return exitUsage
	case errors.Is(err, exporter.ErrKeyRefused):
		return exitKey
	case errors.Is(err, context.Canceled):
		return exitUnsettled
	case input:
		return exitInput
	case unsettled:
		return exitUnsettled
	default:
		return exitInput
	}
}
