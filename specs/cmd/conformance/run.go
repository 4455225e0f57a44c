package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/environ"
	"github.com/ammeter/ammeter/internal/flagvalue"
	"github.com/ammeter/ammeter/internal/idleflag"
	"github.com/ammeter/ammeter/internal/nearest"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

const (
	program   = "conformance"
	variables = "CONFORMANCE" // begins the names of its variables
)

var (
	errNothingJudged = errors.New("stopped before anything was judged")
	errUsage         = errors.New("wrong usage")
	errNoSubject     = errors.New("name the exporter under test with either --subject or --command")
)

// streams are what the program writes to.
type streams struct {
	out, err io.Writer
	// width is that of the terminal out is, 0 if it is none.
	width int
	// interactive reports that err is a terminal.
	interactive bool
	// summary is a file to add a summary in Markdown to, as GITHUB_STEP_SUMMARY
	// names it; empty for none.
	summary string
}

type cli struct {
	Subject      string         `type:"path" placeholder:"FILE" help:"The exporter under test, as a subject.yaml."`
	Command      string         `placeholder:"\"CMD ARG...\"" help:"The exporter under test, as a command without quoting, in an environment without variables but PATH, HOME, TMPDIR and LANG. It claims every capability and the published pauses."`
	Simulator    string         `placeholder:"URL" help:"Base URL of a running simulator (default: start one in this process)."`
	Control      string         `placeholder:"URL" help:"Base URL of its control API (default: that of the simulator)."`
	ControlToken string         `placeholder:"TOKEN" help:"Token of its control API."`
	Profile      specs.Profile  `enum:"quick,full" default:"full" help:"How much to judge: quick (a minute) or full."`
	LabelFilter  string         `placeholder:"FILTER" help:"Judge only requirements with these labels, such as 'area:types && level:must'. Labels are req:ID, area:NAME, level:must|should|may and profile:quick."`
	KnownFailing string         `type:"path" placeholder:"FILE" help:"List of requirements known to fail, one ID a line; # begins a comment. They do not fail the run; one that passes does."`
	Seed         int64          `placeholder:"N" help:"Seed of the order in which specs run (default: another one each time)."`
	ReportDir    string         `type:"path" placeholder:"DIR" help:"Write results.json, report.html and junit.xml here."`
	Parallel     int            `placeholder:"N" default:"${parallel}" help:"Number of exporters to run in parallel (default: ${parallel}). Use 1 on a slow machine."`
	FailFast     bool           `help:"End with the first requirement that fails."`
	Timeout      *time.Duration `placeholder:"DURATION" help:"Time limit for the whole run (default: the profile's budget, which is printed at the start)."`
	Log          bool           `help:"Show the log of Ginkgo, the test framework, on standard error."`
	List         bool           `help:"List the requirements and exit."`
	Explain      string         `placeholder:"ID" help:"Explain a requirement and exit."`
	Output       string         `enum:"text,json" default:"text" help:"What to print: text, or json; of a run that is results.json without its wire log."`
	Version      bool           `help:"Print the version and exit."`
}

const description = `Judges an exporter of Braze Currents events to Amplitude against a simulator.

Examples:
  conformance --subject subject.yaml --report-dir report
  conformance --subject subject.yaml --profile quick --known-failing known.txt
  conformance --subject subject.yaml --label-filter req:RATE-001
  conformance --explain RATE-001
  conformance verify report/results.json
  conformance diff old/results.json new/results.json
  conformance matrix --out support ours/results.json theirs/results.json
  conformance coverage subject.yaml
  conformance schema
  conformance completion bash
  conformance version

Every flag can be set by an environment variable, CONFORMANCE_ and its name in
capitals; an empty one is not set, an unknown one is an error. If GITHUB_STEP_SUMMARY
names a file, a summary is added to it.

Commands: verify, diff and matrix read reports; coverage shows which rules of the
simulator a verdict rests on; schema prints the JSON Schema of a subject.yaml; completion
prints a script for a shell. Each has a --help of its own. version prints the version.

A signal stops the run and reports what was judged, exit code 3; a second one ends
at once. Started with nohup, it goes on when the terminal goes away.

Exit codes: 0 conformant, or failing no more than is known; 1 a MUST does not hold,
or a report is not true; 2 usage; 3 the harness or the start of the subject failed, or
the run was stopped; 4 nothing was selected; 5 the machine or the clock of the simulator
is not fit to judge by.`

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	chosen := commands()[0]
	if len(args) > 0 {
		for _, c := range commands()[1:] {
			if c.name == program+" "+args[0] {
				chosen, args = c, args[1:]
				break
			}
		}
	}
	if chosen.name == program && len(args) > 0 && args[0] == "version" {
		args = append([]string{"--version"}, args[1:]...)
	}
	if chosen.name == program && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		s.complain(program, fmt.Errorf("unknown command %q%s", args[0], meant(args[0])))
		fmt.Fprintf(s.err, "Try %s --help.\n", program)
		return report.ExitUsage
	}
	if code, done := s.parse(chosen, args); done {
		return code
	}
	code, err := chosen.run(ctx, s)
	s.complain(chosen.name, err)
	if errors.Is(err, errNoSubject) {
		fmt.Fprintf(s.err, "Try %s --help.\n", chosen.name)
	}
	return code
}

// command is a command with its name and help.
type command struct {
	name, about string
	runner      // its fields are the flags
}

type runner interface {
	run(ctx context.Context, s streams) (int, error)
}

// commands are the judging of an exporter, which has no name of its own, and the commands
// that read what came of it.
func commands() []command {
	return []command{
		{program, description, &cli{}},
		{program + " verify", aboutVerify, &verifyCommand{}},
		{program + " diff", aboutDiff, &diffCommand{}},
		{program + " matrix", aboutMatrix, &matrixCommand{}},
		{program + " coverage", aboutCoverage, &coverageCommand{}},
		{program + " schema", aboutSchema, &schemaCommand{}},
		{program + " completion", aboutCompletion, &completionCommand{}},
	}
}

// meant returns what to give in place of an unknown command, with a comma before it.
func meant(word string) string {
	if slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(word)) {
		return ", give the exporter under test as --subject " + word
	}
	names := []string{"version"}
	for _, c := range commands()[1:] {
		names = append(names, strings.TrimPrefix(c.name, program+" "))
	}
	return nearest.Hint(word, names)
}

// complain writes an error, if there is one. It may quote what is in files and what a
// subject printed.
func (s streams) complain(name string, err error) {
	if err != nil {
		fmt.Fprintf(s.err, "%s: %s\n", name, printable.Text(err.Error()))
	}
}

// parser returns the parser of the command's arguments. It calls exit after --help.
func (c command) parser(s streams, exit func(code int)) (*kong.Kong, error) {
	options := []kong.Option{kong.Name(c.name), kong.Description(c.about), kong.Writers(s.out, s.err), kong.Exit(exit), idleflag.Paths()}
	if c.name == program { // the others have no variables
		options = append(options, kong.DefaultEnvars(variables), kong.Vars{"parallel": strconv.Itoa(specs.DefaultParallel)})
	}
	return kong.New(c.runner, options...)
}

// parse reads the arguments of a command into its fields. Done says that there is
// nothing more to do than to end with the code: after --help and wrong usage.
func (s streams) parse(c command, args []string) (code int, done bool) {
	parser, err := c.parser(s, func(n int) { code, done = n, true })
	if err == nil && c.name == program {
		err = environ.Apply(parser.Model, variables)
	}
	if err == nil {
		var line *kong.Context
		if line, err = parser.Parse(args); err == nil {
			err = cmp.Or(flagvalue.Check(line), idleflag.Check(line, idleFlags...))
		}
	}
	if err != nil && !done {
		s.complain(c.name, err)
		fmt.Fprintf(s.err, "Try %s --help.\n", c.name)
		return report.ExitUsage, true
	}
	return code, done
}

// idleFlags are the flags that do nothing beside, or without, others.
var idleFlags = []idleflag.Rule{
	{Flags: []string{"control", "control-token"}, Without: []string{"simulator"}},
	{
		Flags: []string{"subject", "command", "simulator", "known-failing", "report-dir", "parallel", "seed", "fail-fast", "timeout", "log"},
		With:  []string{"list", "explain", "version"},
	},
	{Flags: []string{"list", "profile", "label-filter"}, With: []string{"explain", "version"}},
}

// run does what the flags say. An error comes with the exit code it means.
func (c *cli) run(ctx context.Context, s streams) (int, error) {
	switch {
	case c.Version:
		_, err := fmt.Fprintln(s.out, version.Text("conformance", fixtures.Currents().String()))
		return exitCode(err), err
	case c.Explain != "":
		return explain(s.out, c.Explain, c.Output)
	}
	if c.Parallel < 1 {
		return report.ExitUsage, fmt.Errorf("--parallel is %d: give 1 or more", c.Parallel)
	}
	selected, code, err := c.selection()
	if err != nil {
		return code, err
	}
	if c.List {
		err := list(s.out, selected, c.Output)
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
	if c.ReportDir != "" {
		if err := report.Writable(c.ReportDir); err != nil {
			return report.ExitUsage, err
		}
	}
	return c.judge(ctx, s, target, known, len(selected))
}

func exitCode(err error) int {
	if err != nil {
		return report.ExitHarness
	}
	return report.ExitConformant
}

// selection returns the requirements that are to be judged. An error comes with the exit code
// it means.
func (c *cli) selection() ([]requirement.Requirement, int, error) {
	if c.Timeout != nil && *c.Timeout <= 0 {
		return nil, report.ExitUsage, fmt.Errorf("--timeout is %v: give more than zero, or leave it out for the budget of the profile", *c.Timeout)
	}
	selected, err := specs.Select(c.Profile.Filter(c.LabelFilter))
	switch {
	case err != nil:
		return nil, report.ExitUsage, err
	case len(selected) == 0:
		return nil, report.ExitNoneChecked, fmt.Errorf("the label filter %q selects no requirement: give labels such as area:rate, level:must or req:RATE-001, and see --list", c.LabelFilter)
	}
	return selected, report.ExitConformant, nil
}

// judge runs the suite and reports.
func (c *cli) judge(ctx context.Context, s streams, target specs.Target, known []string, selected int) (int, error) {
	run := stopping{write: func(r report.Results) error { return c.report(s, r) }}
	ctx, stop := run.watch(ctx, s)
	defer stop()
	plan := specs.Plan{KnownFailing: known, Seed: c.Seed, Parallel: c.Parallel, FailFast: c.FailFast, Interim: run.keep}
	if c.Log {
		plan.Log = s.err
	}
	results, code, err := c.execute(ctx, s, target, selected, plan)
	if err != nil {
		return code, err
	}
	if err := run.report(results); err != nil {
		return report.ExitHarness, err
	}
	return results.Summary().ExitCode(), nil
}

// execute runs the suite at the simulator of the flags, within their time and profile, and shows
// how far it is. An error comes with the exit code it means.
func (c *cli) execute(ctx context.Context, s streams, target specs.Target, selected int, plan specs.Plan) (report.Results, int, error) {
	sim, err := c.simulator(ctx, target.Bridged)
	switch {
	case errors.Is(err, errUsage):
		return report.Results{}, report.ExitUsage, err
	case err != nil:
		return report.Results{}, report.ExitHarness, err
	}
	defer sim.close()
	target.SimulatorURL, target.Control, target.Config.Simulator = sim.url, sim.control, c.Simulator
	plan.Timeout = c.Profile.Budget(target.Timings)
	if c.Timeout != nil {
		plan.Timeout = *c.Timeout
	}
	show := progress{out: s.err, interactive: s.interactive}
	show.begin(c.Profile, selected, plan.Timeout, target.Timings)
	plan.Profile, plan.LabelFilter, plan.Progress = c.Profile, c.LabelFilter, show.line
	plan.SuiteVersion, plan.SimulatorVersion = version.Number(), sim.version
	results, err := specs.Execute(ctx, target, plan)
	show.clear()
	if err == nil {
		show.end(results)
	}
	switch {
	case errors.Is(err, specs.ErrAssumption):
		return results, report.ExitAssumption, err
	case err != nil:
		return results, report.ExitHarness, err
	}
	return results, report.ExitConformant, nil
}

// report writes the table and the files that were asked for.
func (c *cli) report(s streams, results report.Results) error {
	var err error
	if c.Output == "json" {
		err = results.WithoutWireLog().WriteJSON(s.out)
	} else {
		err = results.WriteTable(s.out, s.width)
	}
	if c.ReportDir != "" {
		err = errors.Join(err, results.Write(c.ReportDir))
	}
	if s.summary != "" {
		err = errors.Join(err, results.AppendMarkdown(s.summary))
	}
	return err
}
