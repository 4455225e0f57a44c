package specs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

const suiteName = "ammeter"

// Run runs the suite as a Go test, under the flags of Ginkgo (-ginkgo.label-filter
// and so on). A Go process can run one suite, once.
func Run(t *testing.T, target Target) {
	t.Helper()
	suite, _ := GinkgoConfiguration()
	selected, err := Select(suite.LabelFilter)
	if err != nil {
		t.Fatal(err)
	}
	gomega.RegisterFailHandler(Fail)
	b := newBench(target)
	b.register()
	defer b.aheadOf(selected, suite.RandomSeed, DefaultAtOnce)()
	RunSpecs(t, suiteName)
}

// DefaultAtOnce is the number of recordings made at a time: they mostly wait, and
// two cores have room for four exporters that are measured by the second.
const DefaultAtOnce = 4

// Plan says how Execute runs the suite. The zero value runs everything.
type Plan struct {
	// LabelFilter selects specs, in Ginkgo's language: "req:MAP-001",
	// "level:must && !area:types". Empty: all.
	LabelFilter string
	// Profile is how much of the catalog is asked for. Empty: Full.
	Profile Profile
	// KnownFailing are the IDs of requirements that must go on failing. Others of
	// the catalog that fail still count; one of these that passes fails the run.
	KnownFailing []string
	// Seed orders the specs. Zero: Ginkgo's choice, told in the results.
	Seed int64
	// FailFast ends the run with the first requirement that fails.
	FailFast bool
	// AtOnce is the number of recordings, each with an exporter of its own, that are
	// made at a time. Zero: 4. An exporter that ran already is asked one thing at a time.
	AtOnce int
	// Timeout bounds the run. Zero: the budget of the profile.
	Timeout time.Duration
	// SuiteVersion and SimulatorVersion are told in the results.
	SuiteVersion, SimulatorVersion string
	// Log gets Ginkgo's own account of the run. Default: nobody.
	Log io.Writer
	// Progress is called before each spec with the number of specs that are
	// done and of those selected. Default: not called.
	Progress func(done, total int, id string)
}

// Execute runs the suite outside of go test and returns what it found. An error
// means that there was no run. A process can run one suite, once.
func Execute(target Target, plan Plan) (report.Results, error) {
	if plan.Profile == "" {
		plan.Profile = Full
	}
	if plan.AtOnce == 0 {
		plan.AtOnce = DefaultAtOnce
	}
	if plan.Timeout == 0 {
		plan.Timeout = plan.Profile.Budget(target.Timings)
	}
	b := newBench(target)
	results, err := b.run(plan)
	if err != nil {
		return results, err
	}
	results.Clock, err = clockOf(target)
	if err != nil {
		return results, err
	}
	results.Recordings = b.logged()
	for i, row := range results.Requirements {
		results.Requirements[i].KnownFailing = slices.Contains(plan.KnownFailing, row.ID)
		results.Requirements[i].Recordings = b.loggedFor(row.ID)
	}
	results.Suite.Version = plan.SuiteVersion
	results.Simulator = report.Part{Name: "amplitude-simulator", Version: plan.SimulatorVersion}
	results.Subject = target.About
	results.Limits = target.Timings.limits()
	results.Config = target.Config
	results.Config.Profile, results.Config.FailFast = string(plan.Profile), plan.FailFast
	results.Config.Budget = plan.Timeout.Seconds()
	return results.Seal()
}

// run runs the specs of the bench and collects their verdicts.
func (b *bench) run(plan Plan) (report.Results, error) {
	selected, err := Select(plan.Profile.Filter(plan.LabelFilter))
	if err != nil {
		return report.Results{}, err
	}
	suite, reporter := GinkgoConfiguration()
	suite.LabelFilter, suite.FailFast, suite.RandomizeAllSpecs = plan.Profile.Filter(plan.LabelFilter), plan.FailFast, true
	if plan.Seed != 0 {
		suite.RandomSeed = plan.Seed
	}
	if plan.Timeout != 0 {
		suite.Timeout = plan.Timeout
	}
	// Ginkgo writes to a variable of its own and not to a writer it is given.
	formatter.ColorableStdOut = io.Discard
	if plan.Log != nil {
		formatter.ColorableStdOut = plan.Log
	}
	reporter.NoColor = true

	gomega.RegisterFailHandler(Fail)
	b.quick = plan.Profile == Quick
	b.register()
	var ginkgo types.Report
	ReportAfterSuite("keep the report", func(r Report) { ginkgo = r })
	plan.watch()
	stop := b.aheadOf(selected, suite.RandomSeed, plan.AtOnce)
	RunSpecs(ignored{}, suiteName, suite, reporter)
	stop()

	results := collect(ginkgo, selected)
	results.LabelFilter = plan.LabelFilter
	return results, nil
}

// clockOf tells what the simulator's clock does; an idle one has been left alone.
func clockOf(target Target) (report.Clock, error) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	now, err := target.Control.Clock(ctx)
	if err != nil {
		return report.Clock{}, fmt.Errorf("read the simulator's clock: %w", err)
	}
	clock := report.Clock{Mode: "real", Scale: now.Scale}
	switch {
	case now.Frozen:
		clock.Mode = "frozen"
	case now.Scale != 1:
		clock.Mode = "scaled"
	}
	return clock, nil
}

// ignored stands in for the test: the verdict is in the results.
type ignored struct{}

func (ignored) Fail() {}

func (p Plan) watch() {
	if p.Progress == nil {
		return
	}
	done, total := 0, 0
	ReportBeforeSuite(func(r Report) { total = r.PreRunStats.SpecsThatWillRun })
	ReportBeforeEach(func(s SpecReport) {
		if s.State != types.SpecStateSkipped {
			p.Progress(done, total, requirementOf(s))
		}
	})
	ReportAfterEach(func(s SpecReport) {
		if s.State != types.SpecStateSkipped || len(s.ReportEntries) > 0 {
			done++
		}
	})
}

// collect makes results of Ginkgo's report: a row for each selected requirement.
func collect(g types.Report, selected []requirement.Requirement) report.Results {
	results := report.Results{
		Format: report.Format, Suite: report.Part{Name: suiteName},
		Seed: g.SuiteConfig.RandomSeed, Started: g.StartTime, Seconds: g.RunTime.Seconds(),
	}
	specs := map[string]types.SpecReport{}
	for _, s := range g.SpecReports {
		if id := requirementOf(s); id != "" {
			specs[id] = s
		}
	}
	for _, r := range selected {
		row := report.Blank(r)
		if s, ok := specs[r.ID]; ok {
			row.Spec, row.Seconds = s.FullText(), s.RunTime.Seconds()
			row.Outcome, row.Evidence, row.Details = outcome(s)
		}
		results.Requirements = append(results.Requirements, row)
	}
	return results
}

func requirementOf(s types.SpecReport) string {
	for _, l := range s.Labels() {
		if id, ok := strings.CutPrefix(l, "req:"); ok {
			return id
		}
	}
	return ""
}

func outcome(s types.SpecReport) (report.Outcome, string, []string) {
	for _, e := range s.ReportEntries {
		text, ok := e.GetRawValue().(string)
		if e.Name != entryName || !ok {
			continue
		}
		var v entry
		if err := json.Unmarshal([]byte(text), &v); err == nil {
			return report.Outcome(v.Status), v.Evidence, v.Details
		}
	}
	if s.State == types.SpecStateSkipped || s.State == types.SpecStatePending {
		return report.NotRun, "", nil
	}
	return report.Error, "the spec ended without a verdict (" + s.State.String() + "): " + s.FailureMessage(), nil
}
