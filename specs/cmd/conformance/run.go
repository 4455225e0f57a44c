package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
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
	// summary is a file to add a summary in Markdown to, as GITHUB_STEP_SUMMARY
	// names it; empty for none.
	summary string
}

type cli struct {
	Subject      string        `type:"path" placeholder:"FILE" help:"The exporter under test, as a subject.yaml."`
	Command      string        `placeholder:"\"CMD ARG...\"" help:"The exporter under test, as a command without quoting. It claims every capability and the published pauses."`
	Simulator    string        `placeholder:"URL" help:"Base URL of a running simulator (default: start one in this process)."`
	Control      string        `placeholder:"URL" help:"Base URL of its control API (default: that of the simulator)."`
	ControlToken string        `placeholder:"TOKEN" help:"Token of its control API."`
	Profile      specs.Profile `enum:"quick,full" default:"full" help:"How much to judge: quick (a minute) or full."`
	LabelFilter  string        `placeholder:"FILTER" help:"Judge only what this selects, such as 'area:types && level:must'."`
	KnownFailing string        `type:"path" placeholder:"FILE" help:"Requirements that must go on failing, one ID a line; # begins a comment. One that passes fails the run."`
	Seed         int64         `placeholder:"N" help:"Order of the specs (default: another one each time)."`
	ReportDir    string        `type:"path" placeholder:"DIR" help:"Write results.json, report.html and junit.xml here."`
	AtOnce       int           `placeholder:"N" default:"${at_once}" help:"Exporters that are judged at a time, each started anew (default: ${at_once}); fewer on a machine that is short of breath."`
	FailFast     bool          `help:"End with the first requirement that fails."`
	Timeout      time.Duration `placeholder:"DURATION" help:"Longest duration of the run (default: the budget of the profile, which is told at the start)."`
	Log          bool          `help:"Show the account of the test framework on standard error."`
	List         bool          `help:"List the requirements and exit."`
	Explain      string        `placeholder:"ID" help:"Explain a requirement and exit."`
	Version      bool          `help:"Print the version and exit."`
}

const description = `Judges an exporter of Braze Currents events to Amplitude against a simulator.

Examples:
  conformance --subject subject.yaml --report-dir report
  conformance --subject subject.yaml --profile quick --known-failing known.txt
  conformance --subject subject.yaml --label-filter req:RATE-001
  conformance --explain RATE-001
  conformance verify report/results.json

Every flag can be set by an environment variable, CONFORMANCE_ and its name in
capitals. If GITHUB_STEP_SUMMARY names a file, a summary is added to it. The command
verify derives the verdicts of a report again from the wire log in it.

Exit codes: 0 conformant, or failing no more than is known; 1 a MUST does not hold,
or a report is not true; 2 usage; 3 the harness or the start of the subject failed;
4 nothing was selected.`

// run runs the program and returns its exit code.
func run(args []string, s streams) int {
	if len(args) > 0 && args[0] == "verify" {
		return verify(args[1:], s)
	}
	var c cli
	if code, done := s.parse(&c, args, "conformance", description, kong.DefaultEnvars("CONFORMANCE"),
		kong.Vars{"at_once": strconv.Itoa(specs.DefaultAtOnce)}); done {
		return code
	}
	code, err := c.run(s)
	if err != nil {
		fmt.Fprintf(s.err, "conformance: %v\n", err)
	}
	return code
}

// parse reads the arguments of a command into its fields. Done says that there is
// nothing more to do than to end with the code: after --help and wrong usage.
func (s streams) parse(into any, args []string, name, about string, options ...kong.Option) (code int, done bool) {
	parser, err := kong.New(into, append(options,
		kong.Name(name), kong.Description(about), kong.Writers(s.out, s.err),
		kong.Exit(func(n int) { code, done = n, true }),
	)...)
	if err == nil {
		_, err = parser.Parse(args)
	}
	if err != nil && !done {
		fmt.Fprintf(s.err, "%s: %v\nTry %s --help.\n", name, err, name)
		return report.ExitUsage, true
	}
	return code, done
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
	if c.AtOnce < 1 {
		return report.ExitUsage, fmt.Errorf("--at-once is %d: give 1 or more", c.AtOnce)
	}
	selected, err := specs.Select(c.Profile.Filter(c.LabelFilter))
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
	known, err := readKnown(c.KnownFailing)
	if err != nil {
		return report.ExitUsage, err
	}
	return c.judge(s, target, known, len(selected))
}

func exitCode(err error) int {
	if err != nil {
		return report.ExitHarness
	}
	return report.ExitConformant
}

// judge runs the suite and reports.
func (c *cli) judge(s streams, target specs.Target, known []string, selected int) (int, error) {
	sim, err := c.simulator(context.Background(), target.Bridged)
	if err != nil {
		return report.ExitHarness, err
	}
	defer sim.close()
	target.SimulatorURL, target.Control = sim.url, sim.control
	target.Config.Simulator = c.Simulator
	budget := c.Timeout
	if budget == 0 {
		budget = c.Profile.Budget(target.Timings)
	}
	show := progress{out: s.err, interactive: s.interactive}
	show.begin(c.Profile, selected, budget)
	plan := specs.Plan{
		LabelFilter: c.LabelFilter, Profile: c.Profile, KnownFailing: known,
		Seed: c.Seed, AtOnce: c.AtOnce, FailFast: c.FailFast, Timeout: budget,
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
	if err := c.report(s, results); err != nil {
		return report.ExitHarness, err
	}
	return results.Summary().ExitCode(), nil
}

// report writes the table and the files that were asked for.
func (c *cli) report(s streams, results report.Results) error {
	err := results.WriteTable(s.out, s.width)
	if c.ReportDir != "" {
		err = errors.Join(err, results.Write(c.ReportDir))
	}
	if s.summary != "" {
		err = errors.Join(err, results.AppendMarkdown(s.summary))
	}
	return err
}
