package specs

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/ammeter/ammeter/specs/report"
)

// DefaultParallel is the number of traces recorded at a time: they mostly wait, and
// two cores have room for four exporters that are measured by the second.
const DefaultParallel = 4

// Plan says how Execute runs the suite. The zero value runs everything.
type Plan struct {
	// LabelFilter selects specs, in Ginkgo's language: "req:MAP-001",
	// "level:must && !area:types". Empty: all.
	LabelFilter string
	// Profile is how much of the catalog is judged. Empty: Full.
	Profile Profile
	// KnownFailing are the IDs of requirements that must go on failing. Others of
	// the catalog that fail still count; one of these that passes fails the run.
	KnownFailing []string
	// Seed orders the specs. Zero: Ginkgo's choice, which the results have.
	Seed int64
	// FailFast ends the run with the first requirement that fails.
	FailFast bool
	// Parallel is the number of traces, each with an exporter of its own, that are
	// recorded at a time. Zero: 4. Of an exporter that ran already, one is.
	Parallel int
	// Timeout bounds the run. Zero: the budget of the profile.
	Timeout time.Duration
	// SuiteVersion and SimulatorVersion are for the results.
	SuiteVersion, SimulatorVersion string
	// Log gets Ginkgo's own account of the run. Optional.
	Log io.Writer
	// Progress is called before each spec with the number of specs that are
	// done and of those selected. Optional.
	Progress func(done, total int, id string)
	// Interim is called after each spec with the results so far, for when the run has to
	// be given up. Optional.
	Interim func(report.Results)
}

// Execute runs the suite outside of go test and returns what it found. When the context
// ends, it judges nothing more. An error means that there was no run; it wraps ErrAssumption
// if nothing can be judged on this machine. A process runs one suite at a time; a second call
// waits for the first.
func Execute(ctx context.Context, target Target, plan Plan) (report.Results, error) {
	if plan.Profile == "" {
		plan.Profile = Full
	}
	if plan.Parallel == 0 {
		plan.Parallel = DefaultParallel
	}
	if plan.Timeout == 0 {
		plan.Timeout = plan.Profile.Budget(target.Timings)
	}
	if err := target.check(); err != nil {
		return report.Results{}, err
	}
	selected, err := Select(plan.Profile.Filter(plan.LabelFilter))
	if err != nil {
		return report.Results{}, err
	}
	clock, err := target.checkAssumptions(ctx, plan.Parallel)
	if err != nil {
		return report.Results{}, err
	}
	s := newSuite(target, plan.Profile)
	results := s.execute(ctx, plan, selected)
	results.Clock = clock
	return s.complete(results, plan).Seal()
}

// complete returns the results with what was tested, with what and how.
func (s *suite) complete(results report.Results, plan Plan) report.Results {
	results.Recordings = s.logged()
	for i, row := range results.Requirements {
		results.Requirements[i].KnownFailing = slices.Contains(plan.KnownFailing, row.ID)
		if sp, ok := s.specs[row.ID]; ok {
			results.Requirements[i].Recordings = s.loggedFor(sp)
		}
	}
	results.LabelFilter = plan.LabelFilter
	results.Suite.Version = plan.SuiteVersion
	results.Simulator = report.Part{Name: "amplitude-simulator", Version: plan.SimulatorVersion}
	results.Subject = s.target.About
	results.Limits = s.target.Timings.limits()
	results.Config = s.target.Config
	results.Config.Profile, results.Config.FailFast = string(plan.Profile), plan.FailFast
	results.Config.Budget = plan.Timeout.Seconds()
	return results
}
