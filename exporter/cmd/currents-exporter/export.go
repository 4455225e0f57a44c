package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/exporter"
)

type exportCommand struct {
	destination
	Paths []string `arg:"" name:"path" help:"Files (.avro, .json, .ndjson), directories of such, or - for NDJSON on standard input."`
}

// Run exports the inputs and prints the ledger.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.config(s)
	if err != nil {
		return err
	}
	bad := &complaints{out: s.err}
	cfg.OnBadInput = bad.add
	x, err := build(cfg)
	if err != nil {
		return err
	}
	inputs, err := exporter.Paths(s.in, c.Paths...)
	if err != nil {
		return err
	}
	if len(inputs) == 0 {
		return errors.New("no inputs: none of the directories holds a file ending in .avro, .json or .ndjson")
	}
	stop := watch(s, x, inputs)
	err = x.Export(ctx, inputs...)
	stop()
	bad.summarize()
	if err != nil && ctx.Err() == nil && !errors.Is(err, exporter.ErrKeyRefused) {
		err = fmt.Errorf("export: %w", err)
	}
	return errors.Join(err, c.closeLedger(s.out, x.Ledger()))
}
