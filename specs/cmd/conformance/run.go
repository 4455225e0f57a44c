package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
)

// streams are what the program writes to.
type streams struct {
	out, err io.Writer
	// width is that of the terminal out is, 0 if it is none.
	width int
	// interactive tells that err is a terminal.
	interactive bool
}

type cli struct {
	Subject      string        `type:"path" placeholder:"FILE" help:"The exporter under test, as a subject.yaml."`
	Command      string        `placeholder:"\"CMD ARG...\"" help:"The exporter under test, as a command without quoting. It claims every capability and the published pauses."`
	Simulator    string        `placeholder:"URL" help:"Base URL of a running simulator (default: start one in this process)."`
	Control      string        `placeholder:"URL" help:"Base URL of its control API (default: that of the simulator)."`
	ControlToken string        `placeholder:"TOKEN" help:"Token of its control API."`
	LabelFilter  string        `placeholder:"FILTER" help:"Judge only what this selects, such as 'area:types && level:must'."`
	Seed         int64         `placeholder:"N" help:"Order of the specs (default: another one each time)."`
	ReportDir    string        `type:"path" placeholder:"DIR" help:"Write results.json and junit.xml here."`
	FailFast     bool          `help:"End with the first requirement that fails."`
	Timeout      time.Duration `default:"1h" help:"Longest duration of the run."`
	Log          bool          `help:"Show the account of the test framework on standard error."`
	List         bool          `help:"List the requirements and exit."`
	Explain      string        `placeholder:"ID" help:"Explain a requirement and exit."`
	Version      bool          `help:"Print the version and exit."`
}

const description = `Judges an exporter of Braze Currents events to Amplitude against a simulator.

Examples:
  conformance --subject subject.yaml --report-dir report
  conformance --subject subject.yaml --label-filter req:RATE-001
  conformance --explain RATE-001

Every flag can be set by an environment variable, CONFORMANCE_ and its name in
capitals. Exit codes: 0 conformant, 1 a MUST does not hold, 2 usage, 3 the harness
or the start of the subject failed, 4 nothing was selected.`

// run runs the program and returns its exit code.
func run(args []string, s streams) int {
	var c cli
	code, exited := 0, false
	parser, err := kong.New(&c,
		kong.Name("conformance"), kong.Description(description), kong.Writers(s.out, s.err),
		kong.Exit(func(n int) { code, exited = n, true }),
		kong.DefaultEnvars("CONFORMANCE"),
	)
	if err == nil {
		_, err = parser.Parse(args)
	}
	switch {
	case exited:
		return code
	case err != nil:
		fmt.Fprintf(s.err, "conformance: %v\nTry conformance --help.\n", err)
		return report.ExitUsage
	}
	code, err = c.run(s)
	if err != nil {
		fmt.Fprintf(s.err, "conformance: %v\n", err)
	}
	return code
}

// run does what the flags say. An error comes with the exit code it means.
func (c *cli) run(s streams) (int, error) {
	switch {
	case c.Version:
		_, err := fmt.Fprintf(s.out, "conformance %s\n", version)
		return exitCode(err), err
	case c.Explain != "":
		return explain(s.out, c.Explain)
	}
	selected, err := specs.Select(c.LabelFilter)
	if err != nil {
		return report.ExitUsage, err
	}
	if len(selected) == 0 {
		return report.ExitNoneChecked, fmt.Errorf("the label filter %q selects no requirement: see --list", c.LabelFilter)
	}
	if c.List {
		err := list(s.out, selected)
		return exitCode(err), err
	}
	target, err := c.target()
	if err != nil {
		return report.ExitUsage, err
	}
	return c.judge(s, target)
}

func exitCode(err error) int {
	if err != nil {
		return report.ExitHarness
	}
	return report.ExitConformant
}

// judge runs the suite and reports.
func (c *cli) judge(s streams, target specs.Target) (int, error) {
	sim, err := c.simulator(context.Background())
	if err != nil {
		return report.ExitHarness, err
	}
	defer sim.close()
	target.SimulatorURL, target.Control = sim.url, sim.control
	show := progress{out: s.err, shown: s.interactive}
	plan := specs.Plan{
		LabelFilter: c.LabelFilter, Seed: c.Seed, FailFast: c.FailFast, Timeout: c.Timeout,
		SuiteVersion: version, SimulatorVersion: sim.version, Progress: show.line,
	}
	if c.Log {
		plan.Log = s.err
	}
	results, err := specs.Execute(target, plan)
	show.clear()
	if err != nil {
		return report.ExitHarness, err
	}
	err = results.WriteTable(s.out, s.width)
	if c.ReportDir != "" {
		err = errors.Join(err, results.Write(c.ReportDir))
	}
	if err != nil {
		return report.ExitHarness, err
	}
	return results.Summary().ExitCode(), nil
}
