package main

import (
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// validate is the command that checks scenario files.
type validate struct {
	Files  []string `arg:"" optional:"" name:"file" help:"Files, or names of shipped scenarios."`
	Schema bool     `help:"Print the JSON Schema of scenarios instead, for an editor."`
}

// Run is the command.
func (c *validate) Run(std streams) error {
	switch {
	case c.Schema && len(c.Files) > 0, !c.Schema && len(c.Files) == 0:
		return usage(errors.New("give files, or --schema"))
	case c.Schema:
		_, err := std.out.Write(scenario.Schema())
		return err
	}
	set, err := fixtureset.Load()
	if err != nil {
		return noResult(err)
	}
	var errs []error
	for _, name := range c.Files {
		s, _, err := open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		compiled, err := compile(set, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		fmt.Fprintf(std.out, "%s: ok, %s in %v, %s, %s\n",
			name, plural.Of(compiled.Planned.Events, "event"), s.Length(), plural.Of(len(s.Actions), "action"), plural.Of(len(s.Thresholds), "threshold"))
	}
	if len(errs) > 0 {
		return usage(invalid{errors.Join(errs...)})
	}
	return nil
}

// compile compiles a scenario as it would be run.
func compile(set *fixtures.Set, s *scenario.Scenario) (*scenario.Compiled, error) {
	events, err := loadgen.NewFixtures(set, s.Fixtures("key", loadgen.Identities{Seed: s.Seed}))
	if err != nil {
		return nil, err
	}
	return s.Compile(set, events.Payloads)
}
