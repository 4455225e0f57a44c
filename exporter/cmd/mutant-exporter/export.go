package main

import (
	"context"
	"errors"
	"os"

	"github.com/ammeter/ammeter/exporter"
)

type exportCommand struct {
	destination
	Paths []string `arg:"" help:"Files, directories, or - for NDJSON on standard input."`
}

// Run exports the inputs, and does not wait for the end of it if the mutant quits.
func (c *exportCommand) Run(j *job) error {
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	x, _, flush, err := j.mutant.New(ctx, c.config(j.complaints))
	if err != nil {
		return err
	}
	if j.mutant.Quits {
		cancel() // however fast the machine is, it holds something
	}
	inputs, err := exporter.Paths(os.Stdin, c.Paths...)
	if err != nil {
		return err
	}
	err = x.Export(ctx, inputs...)
	flush(ctx)
	err = errors.Join(err, x.Close())
	if j.mutant.Quits {
		return nil
	}
	return err
}
