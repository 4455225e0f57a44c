package specs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

// Verification is what came of deriving the verdicts of a report again.
type Verification struct {
	// Derived counts the verdicts that followed from the wire log as reported.
	Derived int
	// Differences tell each verdict that did not, and each digest that is wrong.
	Differences []string
	// Open are the requirements that were not judged, so that there is nothing to
	// derive: not run, or the harness broke.
	Open []string
}

// Verify derives the verdicts of a report again from the wire log it includes, with
// the functions that made them, and compares. It starts no exporter and no simulator.
func Verify(ctx context.Context, r report.Results) (Verification, error) {
	var v Verification
	if err := r.Validate(); err != nil {
		return v, err
	}
	if len(r.Recordings) == 0 && (len(r.Requirements) == 0 || slices.ContainsFunc(r.Requirements, isJudged)) {
		return v, fmt.Errorf("the report of %q includes no wire log", r.Subject.Name)
	}
	if err := r.CheckDigests(); err != nil {
		v.Differences = append(v.Differences, err.Error())
	}
	plan := Plan{LabelFilter: r.LabelFilter, Profile: Profile(r.Config.Profile)}
	selected, err := Select(plan.Profile.Filter(plan.LabelFilter))
	if err != nil {
		return v, err
	}
	s := newSuite(Target{About: r.Subject, Timings: timingsOf(r.Limits), APIKey: keyOf(r)}, plan.Profile)
	s.replay = map[string]report.Recording{}
	for _, recording := range r.Recordings {
		s.replay[recording.Name] = recording
	}
	derived := map[string]verdict.Verdict{}
	for _, sp := range s.selected(selected) {
		derived[sp.requirement] = s.judge(ctx, sp)
	}
	v.compare(r.Requirements, derived)
	return v, ctx.Err()
}

// keyOf makes specs know whether the exporter ran already, as its key did when it was judged.
func keyOf(r report.Results) string {
	if r.Config.Kind == "url" {
		return "of an exporter that ran already"
	}
	return ""
}

// isJudged reports whether a wire log decides a row. A run that was stopped at once has none.
func isJudged(row report.Row) bool {
	return row.Outcome != report.NotRun && row.Outcome != report.Error
}

func (v *Verification) compare(told []report.Row, again map[string]verdict.Verdict) {
	for _, row := range told {
		own, selected := again[row.ID]
		delete(again, row.ID)
		switch {
		case !selected:
			v.Differences = append(v.Differences, row.ID+" is not one that the label filter selects")
		case !isJudged(row):
			v.Open = append(v.Open, row.ID)
		case row.Outcome != own.Outcome:
			v.Differences = append(v.Differences,
				fmt.Sprintf("%s is told to be %s; the wire log says %s: %s", row.ID, row.Outcome, own.Outcome, own.Evidence))
		case row.Evidence != own.Evidence || strings.Join(row.Details, "\n") != strings.Join(own.Details, "\n"):
			v.Differences = append(v.Differences,
				fmt.Sprintf("%s has the evidence %q; the wire log says %q", row.ID, row.Evidence, own.Evidence))
		default:
			v.Derived++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(again)) {
		v.Differences = append(v.Differences, id+" is missing")
	}
}
