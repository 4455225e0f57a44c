package specs

import (
	"context"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// tree is a suite in Ginkgo's tree, with the rows of the specs that have run.
type tree struct {
	suite *suite

	mu      sync.Mutex // guards the fields below
	rows    map[string]report.Row
	seed    int64
	started time.Time
	lasted  time.Duration
	late    time.Duration // of timers during the run, at the most
}

func newTree(s *suite) *tree { return &tree{suite: s, rows: map[string]report.Row{}} }

// register registers one It for each spec. bind makes the context of a spec, and stopped
// returns why the run was stopped, nil if it was not.
func (tr *tree) register(bind func(context.Context) (context.Context, context.CancelFunc), stopped func() error) {
	Describe("exporter", func() {
		for _, g := range tr.suite.groups {
			Describe(g.name, func() {
				for _, sp := range g.specs {
					r := sp.catalogRow()
					It(r.ID+" "+r.Text, Label(labels(r)...), NodeTimeout(tr.suite.specTimeout()), func(spec SpecContext) {
						ctx, cancel := bind(spec)
						defer cancel()
						if cause := stopped(); cause != nil {
							AbortSuite("the run was stopped: " + cause.Error())
						}
						v := tr.suite.judge(ctx, sp)
						if cause := stopped(); cause != nil && v.Outcome != verdict.Pass {
							// What did not come in time may have come later.
							AbortSuite("the run was stopped meanwhile: " + cause.Error())
						}
						tr.conclude(sp, v)
					})
				}
			})
		}
	})
}

// conclude keeps a verdict and ends the spec accordingly: a spec is skipped when its
// requirement does not pass and that decides nothing.
func (tr *tree) conclude(sp spec, v verdict.Verdict) {
	GinkgoHelper()
	r := sp.catalogRow()
	tr.set(sp, v)
	text := explained(v)
	AddReportEntry("verdict", text, ReportEntryVisibilityNever)
	switch {
	case tr.suite.startFailed(sp):
		AbortSuite(text)
	case v.Outcome == verdict.Pass:
	case decides(r.Level, v.Outcome):
		Fail(text)
	case v.Outcome == verdict.Fail:
		Skip(string(r.Level) + " does not hold: " + text)
	default:
		Skip(text)
	}
}

func (tr *tree) set(sp spec, v verdict.Verdict) {
	r := sp.catalogRow()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	row := report.NewRow(r)
	row.Outcome, row.Evidence, row.Details = v.Outcome, v.Evidence, v.Details
	if v.Outcome == verdict.Fail {
		row.Situation, row.Decides = sp.scenario.about, criterion(r)
	}
	tr.rows[r.ID] = row
}

// keep registers what keeps the seed and the times of a run, and how late timers fired.
func (tr *tree) keep() {
	end := func() time.Duration { return 0 }
	ReportBeforeSuite(func(r Report) {
		end = watchTimers()
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.seed, tr.started = r.SuiteConfig.RandomSeed, r.StartTime
	})
	ReportAfterEach(func(s SpecReport) {
		if !isNotSelected(s) {
			tr.ended(s)
		}
	})
	ReportAfterSuite("keep the duration", func(r Report) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.lasted, tr.late = r.RunTime, end()
	})
}

// ended completes the row of a spec. One that was not judged since the run was stopped has
// no row, and no end if it never started. Ginkgo interrupts specs at some signals only, the
// other ones end the run by AbortSuite.
func (tr *tree) ended(s SpecReport) {
	r, ok := requirement.Lookup(requirementOf(s))
	if !ok {
		return // a spec of the package that runs ours
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.lasted = max(tr.lasted, s.EndTime.Sub(tr.started))
	row, judged := tr.rows[r.ID]
	if !judged {
		if s.State.Is(types.SpecStateSkipped | types.SpecStatePending | types.SpecStateAborted | types.SpecStateInterrupted) {
			return
		}
		row = report.NewRow(r)
		row.Outcome = report.Error
		row.Evidence = "the spec ended without a verdict (" + s.State.String() + "): " + s.FailureMessage()
	}
	row.Spec, row.Seconds = s.FullText(), s.RunTime.Seconds()
	tr.rows[r.ID] = row
}

// watch registers what reports the progress of a run.
func (tr *tree) watch(plan Plan, selected []requirement.Requirement) {
	done := 0
	if plan.Progress != nil {
		ReportBeforeEach(func(s SpecReport) {
			if s.State != types.SpecStateSkipped {
				plan.Progress(done, len(selected), requirementOf(s))
			}
		})
	}
	ReportAfterEach(func(s SpecReport) {
		if isNotSelected(s) {
			return
		}
		done++
		if plan.Interim != nil {
			plan.Interim(tr.suite.complete(tr.results(selected), plan))
		}
	})
}

// results are the rows of the selected requirements, in the order of the catalog.
func (tr *tree) results(selected []requirement.Requirement) report.Results {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	results := report.Results{
		Format: report.Format, Suite: report.Part{Name: suiteName},
		Currents: report.Currents{Version: fixtures.Currents().Number, Date: fixtures.Currents().Date},
		Seed:     tr.seed, Started: tr.started, Seconds: tr.lasted.Seconds(), Late: tr.late.Seconds(),
	}
	for _, r := range selected {
		row, judged := tr.rows[r.ID]
		if !judged {
			row = report.NewRow(r)
		}
		results.Requirements = append(results.Requirements, row)
	}
	return results
}

// isNotSelected reports whether the filter left the spec out.
func isNotSelected(s SpecReport) bool {
	return s.State == types.SpecStateSkipped && len(s.ReportEntries) == 0
}

// requirementOf is the ID of the requirement of a spec, empty for a spec that is not ours.
func requirementOf(s SpecReport) string {
	for _, l := range s.Labels() {
		if id, ok := strings.CutPrefix(l, "req:"); ok {
			return id
		}
	}
	return ""
}
