package specs

import (
	"fmt"
	"strings"

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
// the functions that made them, and compares. It starts no exporter and no
// simulator. A process can verify one report, and run no suite besides.
func Verify(r report.Results) (Verification, error) {
	var v Verification
	if err := r.Validate(); err != nil {
		return v, err
	}
	if len(r.Recordings) == 0 {
		return v, fmt.Errorf("the report of %q includes no wire log", r.Subject.Name)
	}
	if err := r.CheckDigests(); err != nil {
		v.Differences = append(v.Differences, err.Error())
	}
	b := newBench(Target{
		About: r.Subject, Timings: timingsOf(r.Limits), APIKey: keyOf(r),
	})
	b.replay = map[string]report.Recording{}
	for _, recording := range r.Recordings {
		b.replay[recording.Name] = recording
	}
	derived, err := b.run(Plan{LabelFilter: r.LabelFilter, Profile: Profile(r.Config.Profile), Seed: r.Seed})
	if err != nil {
		return v, err
	}
	v.compare(r.Requirements, derived.Requirements)
	return v, nil
}

// keyOf tells specs whether the exporter ran already, as its key did when it was judged.
func keyOf(r report.Results) string {
	if r.Config.Kind == "url" {
		return "of an exporter that ran already"
	}
	return ""
}

func (v *Verification) compare(told, derived []report.Row) {
	again := map[string]report.Row{}
	for _, row := range derived {
		again[row.ID] = row
	}
	for _, row := range told {
		own, selected := again[row.ID]
		delete(again, row.ID)
		switch {
		case !selected:
			v.Differences = append(v.Differences, row.ID+" is not one that the label filter selects")
		case row.Outcome == report.NotRun || row.Outcome == report.Error:
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
	for id := range again {
		v.Differences = append(v.Differences, id+" is missing")
	}
}
