package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type exportCommand struct {
	destination
	Paths []string `arg:"" help:"Files, directories, or - for NDJSON on standard input."`
}

// Run exports the inputs, and does not wait for the end of it if the mutant quits.
func (c *exportCommand) Run(j *job) error {
	ctx := j.ctx
	if j.mutant.Quits {
		// Less than it takes to read and deliver anything much.
		const moment = 20 * time.Millisecond
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, moment)
		defer cancel()
	}
	x, _, flush, err := j.mutant.New(ctx, c.config(j.complaints))
	if err != nil {
		return err
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
