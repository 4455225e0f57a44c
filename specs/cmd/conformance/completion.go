package main

import (
	"context"
	"io"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/completion"
	"github.com/ammeter/ammeter/specs/report"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell: bash, zsh or fish."`
}

const aboutCompletion = `Prints the script that completes the command line in bash, zsh or fish.

Examples:
  source <(conformance completion bash)
  source <(conformance completion zsh)
  conformance completion fish | source`

func (c completionCommand) run(_ context.Context, s streams) (int, error) {
	var apps []*kong.Application
	for _, of := range commands() {
		parser, err := of.parser(streams{out: io.Discard, err: io.Discard}, func(int) {})
		if err != nil {
			return report.ExitHarness, err
		}
		apps = append(apps, parser.Model)
	}
	err := completion.Write(s.out, c.Shell, apps...)
	return exitCode(err), err
}
