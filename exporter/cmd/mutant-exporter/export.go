package main

import (
	"context"
	"errors"
	"os"

	"github.com/ammeter/ammeter/exporter"
)

type exportCommand struct {
	destination
	Paths []string `arg:"" help:"Files, directories, s3://bucket/prefix/, or - for NDJSON on standard input."`
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
	err = c.export(ctx, x)
	flush(ctx)
	err = errors.Join(err, x.Close())
	if j.mutant.Quits {
		return nil
	}
	return err
}

func (c *exportCommand) export(ctx context.Context, x *exporter.Exporter) error {
	inputs, err := x.OpenInputs(ctx, exporter.InputsConfig{Paths: c.Paths, Stdin: os.Stdin})
	if err != nil {
		return err
	}
	found, err := inputs.List(ctx)
	if err == nil {
		err = x.Export(ctx, found.Sources...)
	}
	return errors.Join(err, inputs.Close()) //nolint:contextcheck // it saves what was read when the context is over, too
}
