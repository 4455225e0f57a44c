package main

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/loadgen/report"
)

// runScenario is the command that plays one scenario.
type runScenario struct {
	stageFlags
	Scenario string  `arg:"" help:"Name of a shipped incident, or a file."`
	Seed     *uint64 `help:"Use another seed than the scenario's."`
	Out      string  `type:"path" placeholder:"DIR" help:"Directory for summary.json, report.html and the .hgrm files."`
	Bundle   string  `type:"path" placeholder:"FILE" help:"Keep what was played in this zip file, with its ledger, for loadgen reproduce."`
	Twice    bool    `help:"Play it twice, and fail if the two ledgers differ."`
}

// Run is the command.
func (c *runScenario) Run(ctx context.Context, std streams) error {
	s, err := open(c.Scenario)
	if err != nil {
		return usage(invalid{err})
	}
	if c.Seed != nil {
		s.Seed = *c.Seed
	}
	text, err := source(c.Scenario)
	if err != nil {
		return usage(err)
	}
	p := c.play(ctx, std, s)
	if err := c.show(std, &p, text); err != nil {
		return noResult(err)
	}
	if err := p.judge(); err != nil || !c.Twice {
		return err
	}
	if err := c.again(ctx, std, &p); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "\ntwice         the same ledger, seed %d\n", s.Seed)
	return err
}

// show prints what came out and writes the files.
func (c *runScenario) show(std streams, p *played, text []byte) error {
	if !p.done() {
		return nil // the error says it all
	}
	if err := report.WriteTable(std.out, p.summary); err != nil {
		return err
	}
	if c.Out != "" {
		if err := p.write(c.Out); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "report        %s/report.html, summary.json\n", c.Out)
	}
	if c.Bundle == "" || !p.reproducible() {
		return nil // without a result there is nothing to reproduce, and the verdict says why
	}
	if err := p.writeBundle(c.Bundle, text); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "bundle        %s, %d events delivered, digest %s\n", c.Bundle, p.summary.Ledger.Delivered, p.summary.Ledger.Digest)
	return err
}
