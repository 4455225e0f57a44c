package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/environ"
	"github.com/ammeter/ammeter/internal/flagvalue"
	"github.com/ammeter/ammeter/internal/idleflag"
)

// invocation is a command line that was read, with the environment and the
// configuration file.
type invocation struct {
	args    []string
	cli     *cli
	command *kong.Context // nil: the command line asked for the help or the version
	code    int           // the exit code then
}

// parse reads a command line. Help and version are printed.
func parse(ctx context.Context, args []string, s streams) (*invocation, error) {
	in := &invocation{args: args, cli: &cli{}}
	exited := false
	parser, err := newParser(ctx, in, s, func(c int) { in.code, exited = c, true })
	if err != nil {
		return nil, err
	}
	if err := environ.Apply(parser.Model, variables); err != nil {
		return nil, err
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	command, err := parser.Parse(args)
	if exited {
		return in, nil
	}
	if err == nil {
		err = cmp.Or(flagvalue.Check(command), idleflag.Check(command, idleFlags...))
	}
	if err != nil {
		return nil, &parseError{err}
	}
	in.command = command
	return in, nil
}

// parseError is a command line that --help explains.
type parseError struct{ err error }

func (e *parseError) Error() string { return e.err.Error() }

func (e *parseError) Unwrap() error { return e.err }

// values are the values of all flags, by name.
func (in *invocation) values() map[string]string {
	values := map[string]string{}
	for _, flag := range in.command.Flags() {
		values[flag.Name] = fmt.Sprint(in.command.FlagValue(flag))
	}
	return values
}

// differing returns the names of the flags whose values differ, sorted.
func differing(a, b map[string]string) []string {
	var names []string
	for name, value := range a {
		if b[name] != value {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// logging returns the flags of the log, nil for a command without any.
func (in *invocation) logging() *logFlags {
	switch name, _, _ := strings.Cut(in.command.Command(), " "); name {
	case "serve":
		return &in.cli.Serve.logFlags
	case "export":
		return &in.cli.Export.logFlags
	default:
		return nil
	}
}
