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
	p := c.play(ctx, std, s)
	if err := c.show(std, &p); err != nil {
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

func (c *runScenario) show(std streams, p *played) error {
	if !p.done() {
		return nil // the error says it all
	}
	if err := report.WriteTable(std.out, p.summary); err != nil {
		return err
	}
	if err := p.write(c.Out); err != nil || c.Out == "" {
		return err
	}
	_, err := fmt.Fprintf(std.out, "report        %s/report.html, summary.json\n", c.Out)
	return err
}
