package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

// scenarioCommands are the commands on the shipped scenarios.
type scenarioCommands struct {
	List listScenarios `cmd:"" default:"withargs" help:"List the shipped scenarios with their descriptions (the default)."`
	Run  runScenarios  `cmd:"" help:"Run scenarios one after another: some by name or file, or all that are shipped."`
}

type listScenarios struct {
	Output string `enum:"text,json" default:"text" help:"Print the list as text or as json (default: ${default})."`
}

// listed is a scenario in a list for programs.
type listed struct {
	Name        string       `json:"name"`
	Length      float64      `json:"length_s"`
	Target      loadgen.Kind `json:"target"`
	Description string       `json:"description"`
	Scale       string       `json:"scale"`
}

// Run is the command.
func (c *listScenarios) Run(std streams) error {
	var all []listed
	for i, name := range scenarios.Names() {
		s, _, err := open(name)
		if err != nil {
			return noResult(err)
		}
		all = append(all, listed{s.Name, s.Length().Seconds(), s.Target, s.Description, s.Scale})
		if c.Output == "json" {
			continue
		}
		if i > 0 {
			fmt.Fprintln(std.out)
		}
		fmt.Fprintf(std.out, "%s (%v, target %s)\n%s\n%s\n", s.Name, s.Length(), s.Target, indent(s.Description), indent("Scale: "+s.Scale))
	}
	if c.Output == "text" {
		return nil
	}
	enc := json.NewEncoder(std.out)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

// indent breaks a text into lines of 80 columns.
func indent(text string) string {
	const width = 78
	var out strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
			out.WriteString("  ")
		case column+1+len(word) > width:
			out.WriteString("\n  ")
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}

type runScenarios struct {
	envFlags
	Names []string `arg:"" optional:"" name:"name" help:"Scenarios to run: names of shipped ones, or files."`
	All   bool     `help:"Run all shipped scenarios."`
	Twice []string `empty:"" default:"hot-device,key-expiry-49h" placeholder:"NAME" help:"Of those run, run these a second time, and fail if the ledgers differ; \"\" for none (default: ${default})."`
	Out   string   `type:"path" placeholder:"DIR" help:"Directory for a directory of reports for each."`
}

// Run is the command.
func (c *runScenarios) Run(ctx context.Context, std streams) error {
	names := c.Names
	switch {
	case c.All && len(names) > 0:
		return usage(errors.New("give names or --all, not both"))
	case c.All:
		names = scenarios.Names()
	case len(names) == 0:
		return usage(errors.New("give the names of scenarios, or --all"))
	}
	if _, err := c.config(); err != nil {
		return usage(err)
	}
	if c.Out != "" {
		if err := regular.WritableDir(c.Out); err != nil {
			return usage(invalid{err})
		}
	}
	var worst error
	failed := 0
	for i, name := range names {
		s, _, err := open(name)
		if err != nil {
			return usage(err)
		}
		fmt.Fprintf(std.err, "loadgen: %d of %d: %s\n", i+1, len(names), name)
		p := c.run(ctx, std, s)
		if p.done() && p.summary.Verdict == loadgen.Bottleneck {
			// Nothing is known yet, so asking again is not asking until it fits.
			fmt.Fprintf(std.err, "loadgen: %s gave no result, once more: %s\n", name, p.summary.Why)
			p = c.run(ctx, std, s)
		}
		out := outputFlags{}
		if c.Out != "" {
			out.Out = filepath.Join(c.Out, name)
		}
		if err := c.conclude(ctx, &std, &p, out, slices.Contains(c.Twice, name)); err != nil {
			complain(std.err, err)
			worst, failed = worse(worst, err), failed+1
		}
		if ctx.Err() != nil {
			return exit{exitInterrupted, errors.New("interrupted")}
		}
		fmt.Fprintln(std.out)
	}
	if worst != nil {
		return fmt.Errorf("%d of %s did not go as they must: %w", failed, plural.Of(len(names), "scenario"), worst)
	}
	fmt.Fprintf(std.out, "%d of %s went as they must\n", len(names), plural.Of(len(names), "scenario"))
	return nil
}
