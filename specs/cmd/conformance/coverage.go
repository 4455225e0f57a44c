package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/internal/coverage"
	"github.com/ammeter/ammeter/specs/report"
)

type coverageCommand struct {
	File        string         `arg:"" type:"path" placeholder:"FILE" help:"A subject.yaml, whose exporter is then run; or a recording: the results.json of a report, uploads as NDJSON, or what a simulator's /_admin/journal/export/ gives. - is standard input."`
	Profile     specs.Profile  `enum:"quick,full" default:"quick" help:"How much to run of a subject: quick (a minute) or full."`
	LabelFilter string         `placeholder:"FILTER" help:"Run only what this selects, such as area:rate."`
	Timeout     *time.Duration `placeholder:"DURATION" help:"Time limit for the run of a subject (default: the profile's budget)."`
	Output      string         `enum:"text,json" default:"text" help:"What to print: text, or json, which has the names of the requirements and what was not met."`
}

const aboutCoverage = `Shows which behaviors of the simulator an exporter met, and how well each is known:
measured at Amplitude, published by Amplitude, or a guess. A verdict is worth no more than the
behaviors that it was reached with.

Examples:
  conformance coverage subject.yaml
  conformance coverage report/results.json --output json
  conformance coverage recorded.ndjson

A recording of uploads, {"api_key":...,"events":[...]} on each line, is sent to a simulator
without limits for its answers, because it has no times: what throttles is not met. Nor is what
was compressed, which such a recording does not say.

Exit codes: 0 printed, whatever was met; 2 usage, or no recording; 3 the harness or the start
of the subject failed, or the run was stopped, by its time limit as well; 4 nothing was
selected; 5 the machine is not fit to run a subject.`

func (c coverageCommand) run(ctx context.Context, s streams) (int, error) {
	ctx, stop := signal.NotifyContext(ctx, process.EndSignals()...)
	defer stop()
	found, code, err := c.find(ctx, s)
	if err != nil {
		return code, err
	}
	if c.Output == "json" {
		err = indented(s.out).Encode(found)
	} else {
		err = found.WriteTable(s.out)
	}
	if err == nil && found.NotRun > 0 {
		err = fmt.Errorf("the run was stopped with %s not judged: there may be more; give it a longer --timeout", plural.Of(found.NotRun, "requirement"))
	}
	return exitCode(err), err
}

// find is the coverage of a subject or a recording. An error comes with the exit code it means.
func (c coverageCommand) find(ctx context.Context, s streams) (coverage.Coverage, int, error) {
	if slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(c.File)) {
		results, code, err := c.judge(ctx, s)
		found := ofResults(results)
		if err == nil && found.Uploads == 0 && found.NotRun == 0 {
			return found, report.ExitHarness, fmt.Errorf("the exporter sent nothing: see conformance --subject %s", shortest(c.File))
		}
		return found, code, err
	}
	recorded, err := c.read()
	if err != nil {
		return coverage.Coverage{}, report.ExitUsage, fmt.Errorf("%s: %w", shortest(c.File), err)
	}
	switch {
	case recorded.Results != nil && len(recorded.Results.Recordings) == 0:
		return coverage.Coverage{}, report.ExitUsage, fmt.Errorf("%s includes no wire log: give the results.json of --report-dir", shortest(c.File))
	case recorded.Results != nil:
		return ofResults(*recorded.Results), report.ExitConformant, nil
	case len(recorded.Uploads) > 0:
		if recorded.Journal, err = answered(ctx, recorded.Uploads); err != nil {
			return coverage.Coverage{}, report.ExitHarness, err
		}
	}
	return coverage.Of(behaviors(), []coverage.Recording{recorded.Journal}, nil), report.ExitConformant, nil
}

func (c coverageCommand) read() (coverage.Recorded, error) {
	var file io.Reader = os.Stdin
	if c.File != "-" {
		opened, err := regular.Open(c.File)
		if err != nil {
			return coverage.Recorded{}, err
		}
		defer opened.Close()
		file = opened
	}
	return coverage.Read(file)
}

// judge runs the suite for its traffic.
func (c coverageCommand) judge(ctx context.Context, s streams) (report.Results, int, error) {
	run := cli{Subject: c.File, Profile: c.Profile, LabelFilter: c.LabelFilter, Timeout: c.Timeout}
	target, err := run.target()
	switch {
	case err != nil:
		return report.Results{}, report.ExitUsage, err
	case target.APIKey != "":
		return report.Results{}, report.ExitUsage, errors.New("an exporter that runs already needs the simulator it was started with: run conformance with --report-dir, and give this command its results.json")
	}
	selected, code, err := run.selection()
	if err != nil {
		return report.Results{}, code, err
	}
	results, code, err := run.execute(ctx, s, target, len(selected), specs.Plan{})
	switch {
	case err != nil:
		return results, code, err
	case ctx.Err() != nil:
		return results, report.ExitHarness, errors.New("stopped before everything was run")
	case results.Summary().Broken():
		return results, report.ExitHarness, errors.New("the harness or the start of the subject failed: see conformance --subject " + shortest(c.File))
	}
	return results, report.ExitConformant, nil
}

func ofResults(r report.Results) coverage.Coverage {
	found := coverage.Of(behaviors(), coverage.OfResults(r), r.Requirements)
	found.Exporter = r.Subject.Name
	return found
}

// behaviors is the fidelity table of the simulator of this build.
func behaviors() []coverage.Behavior {
	var table []coverage.Behavior
	for _, row := range simulator.Fidelity() {
		table = append(table, coverage.Behavior{Name: row.Name, Known: string(row.Known), Does: row.Set, Source: row.Source})
	}
	return table
}
