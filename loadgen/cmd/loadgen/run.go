package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/internal/regular"
)

// runScenario is the command that runs one scenario.
type runScenario struct {
	envFlags
	outputFlags
	Scenario string  `arg:"" help:"Name of a shipped scenario, or a file."`
	Seed     *uint64 `help:"Use another seed than the scenario's."`
	Bundle   string  `type:"path" placeholder:"FILE" help:"Keep what was run in this zip file, with its ledger, for loadgen reproduce."`
	Twice    bool    `help:"Run it twice, and fail if the two ledgers differ."`
}

// Run is the command.
func (c *runScenario) Run(ctx context.Context, std streams) error {
	s, text, err := open(c.Scenario)
	if err != nil {
		return usage(invalid{err})
	}
	if err := c.places(); err != nil {
		return usage(invalid{err})
	}
	if _, err := c.config(); err != nil {
		return usage(err)
	}
	if c.Seed != nil {
		s.Seed = *c.Seed
	}
	p := c.run(ctx, std, s)
	err = c.conclude(ctx, &std, &p, c.outputFlags, c.Twice)
	if kept := c.keep(std, &p, text); kept != nil {
		return noResult(kept)
	}
	return err
}

// places returns an error if a file could not be written in the end.
func (c *runScenario) places() error {
	err := c.check()
	if c.Bundle != "" {
		err = errors.Join(err, regular.Writable(c.Bundle))
	}
	return err
}

// keep writes the bundle.
func (c *runScenario) keep(std streams, p *finished, text []byte) error {
	switch {
	case c.Bundle == "":
		return nil
	case !p.reproducible(): // the verdict says why
		_, err := fmt.Fprintf(std.err, "loadgen: %s is not written: there is no result to reproduce\n", c.Bundle)
		return err
	}
	if err := p.writeBundle(c.Bundle, text); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "bundle        %s, %d events delivered, digest %s\n", c.Bundle, p.summary.Ledger.Delivered, p.summary.Ledger.Digest)
	return err
}
