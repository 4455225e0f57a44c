package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/play"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

// incidents are the commands on the shipped incidents.
type incidents struct {
	List listIncidents `cmd:"" default:"1" help:"List them with their stories (the default)."`
	Run  runIncidents  `cmd:"" help:"Play some or all of them, one after another."`
}

type listIncidents struct{}

// Run is the command.
func (listIncidents) Run(std streams) error {
	for i, name := range scenarios.Names() {
		s, err := scenarios.Load(name)
		if err != nil {
			return noResult(err)
		}
		if i > 0 {
			fmt.Fprintln(std.out)
		}
		fmt.Fprintf(std.out, "%s (%v, target %s)\n%s\n%s\n", s.Name, s.Length(), s.Target, indent(s.Story), indent("Scale: "+s.Scale))
	}
	return nil
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

type runIncidents struct {
	stageFlags
	Names []string `arg:"" optional:"" name:"name" help:"Incidents to play."`
	All   bool     `help:"Play all."`
	Twice []string `default:"hot-device,key-expiry-49h" placeholder:"NAME" help:"Of those played, play these a second time, and fail if the ledgers differ; \"\" for none (default: ${default})."`
	Out   string   `type:"path" placeholder:"DIR" help:"Directory for a directory of reports for each."`
}

// Run is the command.
func (c *runIncidents) Run(ctx context.Context, std streams) error {
	names := c.Names
	switch {
	case c.All && len(names) > 0:
		return usage(errors.New("give names or --all, not both"))
	case c.All:
		names = scenarios.Names()
	case len(names) == 0:
		return usage(errors.New("give the names of incidents, or --all"))
	}
	var worst error
	for i, name := range names {
		s, err := scenarios.Load(name)
		if err != nil {
			return usage(err)
		}
		fmt.Fprintf(std.err, "loadgen: %d of %d: %s, %v\n", i+1, len(names), name, s.Length())
		p := c.play(ctx, std, s)
		if p.done() && p.summary.Verdict == loadgen.Bottleneck {
			// Nothing is known yet, so asking again is not asking until it fits.
			fmt.Fprintf(std.err, "loadgen: %s gave no result, once more: %s\n", name, p.summary.Why)
			p = c.play(ctx, std, s)
		}
		if c.Out != "" {
			if err := p.write(filepath.Join(c.Out, name)); err != nil {
				return noResult(err)
			}
		}
		err = p.judge()
		verdict(std.out, &p, err)
		if err == nil && slices.Contains(c.Twice, name) {
			if err = c.again(ctx, std, &p); err != nil {
				fmt.Fprintf(std.out, "    BROKEN  %v\n", err)
			} else {
				fmt.Fprintf(std.out, "    ok      the same ledger twice, seed %d\n", s.Seed)
			}
		}
		worst = worse(worst, err)
		if ctx.Err() != nil {
			return exit{exitInterrupted, errors.New("interrupted")}
		}
	}
	if worst != nil {
		return worst
	}
	fmt.Fprintf(std.out, "\nall %d incidents went as they must\n", len(names))
	return nil
}

// verdict prints how an incident went: a line, its scale, and a line for each threshold.
func verdict(w io.Writer, p *played, err error) {
	word := "ok"
	switch {
	case p.err != nil:
		word = "NOT PLAYED"
	case p.summary.Verdict != loadgen.Sound:
		word = "NO RESULT"
	case err != nil:
		word = "FAILED"
	}
	fmt.Fprintf(w, "%-22s %-10s %6s\n", p.scenario.Name, word, p.took.Round(100*time.Millisecond))
	fmt.Fprintln(w, indent("scale: "+p.scenario.Scale))
	switch {
	case p.err != nil:
		fmt.Fprintf(w, "    %v\n", p.err)
		return
	case p.summary.Verdict != loadgen.Sound:
		fmt.Fprintf(w, "    %s\n", p.summary.Why)
	}
	for _, g := range p.summary.Goals {
		mark := "ok"
		if !g.Holds {
			mark = "BROKEN"
		}
		fmt.Fprintf(w, "    %-6s  %-45s %s\n", mark, g.Threshold, g.Measured)
	}
	if n := play.Unexpected(p.scenario, p.summary); n > 0 {
		fmt.Fprintf(w, "    BROKEN  %d requests had an answer that is not expected\n", n)
	}
}

// worse keeps the first error of the kind that matters most: a broken threshold
// says something about the exporter, the others about the run.
func worse(a, b error) error {
	if a == nil {
		return b
	}
	var x, y exit
	if errors.As(a, &x) && errors.As(b, &y) && x.code != exitThreshold && y.code == exitThreshold {
		return b
	}
	return a
}
