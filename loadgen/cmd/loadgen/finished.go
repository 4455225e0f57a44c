package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/report"
)

// finished is how a run went.
type finished struct {
	scenario *scenario.Scenario
	summary  *loadgen.Summary
	result   *loadgen.Result
	versions map[string]string // of the programs that took part
	err      error             // it did not take place as written
}

// done reports whether it took place.
func (p *finished) done() bool { return p.err == nil && p.summary != nil }

// judge turns the outcome into the exit code.
func (p *finished) judge() error {
	switch {
	case p.err != nil:
		return p.err
	case p.summary.Verdict == loadgen.Interrupted:
		return exit{exitInterrupted, errors.New(p.summary.Why)}
	case p.summary.Verdict == loadgen.Bottleneck:
		return noResult(fmt.Errorf("no result: %s", p.summary.Why))
	}
	problems, code := p.problems(), exitFailed
	if broken := p.summary.Broken(); broken > 0 {
		problems = append(problems, fmt.Sprintf("%d of %d thresholds are broken", broken, len(p.summary.Goals)))
		code = exitThreshold
	}
	if len(problems) > 0 {
		return exit{code, fmt.Errorf("%s: %s", p.scenario.Name, strings.Join(problems, "; "))}
	}
	return nil
}

// problems are what must not be, besides broken thresholds.
func (p *finished) problems() (all []string) {
	s := p.summary
	for _, d := range s.Deaths {
		all = append(all, fmt.Sprintf("the %s died after %.1f s, with %s", d.Program, d.After, d.How))
	}
	answers, failed := runner.Unexpected(p.scenario, s)
	if failed > 0 {
		all = append(all, plural.Of(failed, "request")+" failed")
	}
	if s.Foreign() > 0 {
		all = append(all, fmt.Sprintf(
			"%d answers were a 429 or a success that is not of Amplitude's shape: what became of their events is not known; look at what stands at %s",
			s.Foreign(), s.Plan.Target))
	}
	if s.Short() > 0 {
		all = append(all, fmt.Sprintf("%d answers were a success for fewer events than were sent", s.Short()))
	}
	if answers > 0 {
		all = append(all, plural.Of(answers, "request")+" had an unexpected status")
	}
	if c := s.Conservation; c != nil && len(s.Goals) == 0 && !c.Holds() {
		all = append(all, fmt.Sprintf("%s lost, and %d arrived that were not expected", plural.Of(c.Lost, "event"), c.Unexpected))
	}
	return all
}

// outputFlags say how the result of a run is shown.
type outputFlags struct {
	Out    string `type:"path" placeholder:"DIR" help:"Directory for summary.json, report.html and the .hgrm files."`
	Output string `enum:"text,json" default:"text" help:"Print the result as text, or as json as in summary.json (default: ${default})."`
}

// check returns an error if the files could not be written in the end.
func (f *outputFlags) check() error {
	if f.Out == "" {
		return nil
	}
	return report.Check(f.Out)
}

// show prints the result and writes the files, if it got that far. With JSON all that is
// printed besides goes to standard error from here on.
func (f *outputFlags) show(std *streams, p *finished) error {
	if !p.done() {
		return nil // the error says it all
	}
	write := report.WriteTable
	if f.Output == "json" {
		write = report.WriteJSON
	}
	err := p.summary.Validate()
	if err == nil && f.Out != "" {
		err = report.WriteDir(f.Out, p.summary, p.result)
	}
	if err = errors.Join(err, write(std.out, p.summary)); err != nil {
		return err
	}
	if f.Output == "json" {
		std.out = std.err
	}
	if f.Out == "" {
		return nil
	}
	_, err = fmt.Fprintf(std.out, "report        %s/report.html, summary.json\n", f.Out)
	return err
}

// conclude shows the result of a run and judges it. Twice runs the scenario again if nothing is
// wrong, and compares the ledgers.
func (f *envFlags) conclude(ctx context.Context, std *streams, p *finished, out outputFlags, twice bool) error {
	if err := out.show(std, p); err != nil {
		return noResult(err)
	}
	if p.done() && p.summary.Verdict == loadgen.Bottleneck { // there is no flag for the rate
		fmt.Fprintln(std.err, "loadgen: to lower the rate, lower `rate` of the phases in a scenario file of yours; or run it again on a quieter machine")
	}
	if err := p.judge(); err != nil || !twice {
		return err
	}
	if err := f.again(ctx, *std, p); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "\ntwice         the same ledger, seed %d\n", p.scenario.Seed)
	return err
}

// again runs a scenario a second time and compares the ledgers.
func (f *envFlags) again(ctx context.Context, std streams, first *finished) error {
	second := f.run(ctx, std, first.scenario)
	if err := second.judge(); err != nil {
		return fmt.Errorf("second time: %w", err)
	}
	if diff := difference(first.summary.Ledger, second.summary.Ledger); diff != "" {
		return exit{exitFailed, fmt.Errorf("%s: the second ledger differs from the first:\n%s", first.scenario.Name, diff)}
	}
	return nil
}

// difference lists the lines of two ledgers' JSON that are not the same.
func difference(a, b *loadgen.Ledger) string {
	var out strings.Builder
	left, right := ledgerLines(a), ledgerLines(b)
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		if l != r {
			fmt.Fprintf(&out, "- %s\n+ %s\n", l, r)
		}
	}
	return out.String()
}

func ledgerLines(l *loadgen.Ledger) []string {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil { // it is plain data
		return []string{err.Error()}
	}
	return strings.Split(string(text), "\n")
}
