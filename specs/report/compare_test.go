package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// improved is a later report on the exporter of the example, of a later suite.
func improved(t *testing.T) report.Results {
	t.Helper()
	r := example(t)
	r.Subject.Version, r.Suite.Version, r.Started = "1.3.0", "0.2", r.Started.AddDate(0, 1, 0)
	r.Requirements[0].Outcome, r.Requirements[0].Evidence = report.Fail, "1 of 86 events lost"
	r.Requirements[1].Outcome, r.Requirements[1].Evidence, r.Requirements[1].Details = report.Pass, "86 events as expected", nil
	r.Requirements[3].Outcome, r.Requirements[3].Evidence = report.NotObservable, "not observable: the output of this subject"
	r.Requirements[4] = row(t, "RATE-014", report.Pass, "6 refusals")
	return r
}

func TestCompare_steps(t *testing.T) {
	t.Parallel()
	const none = report.Outcome("")
	for _, tc := range []struct {
		was, is report.Outcome
		section string
	}{
		{report.Pass, report.Pass, ""},
		{report.Fail, report.Fail, ""},
		{report.Pass, report.Fail, "worse"},
		{report.Pass, report.Skip, "worse"},
		{report.Pass, report.Error, "worse"},
		{report.Pass, report.NotRun, "worse"},
		{report.NotArisen, report.Fail, "worse"},
		{report.NotClaimed, report.Fail, "worse"},
		{report.Fail, report.Pass, "better"},
		{report.NotObservable, report.Pass, "better"},
		{report.Skip, report.Pass, "better"},
		{report.Pass, report.NotArisen, "changed"},
		{report.Pass, report.NotClaimed, "worse"},
		{report.Fail, report.NotClaimed, "changed"},
		{report.Fail, report.Error, "changed"},
		{report.Skip, report.Fail, "changed"},
		{none, report.Fail, "appeared"},
		{report.Pass, none, "gone"},
	} {
		one := func(o report.Outcome) report.Results {
			if o == none {
				return report.Results{}
			}
			return report.Results{Requirements: []report.Row{{ID: "MAP-001", Level: requirement.Must, Outcome: o, Evidence: "seen"}}}
		}
		c := report.Compare(one(tc.was), one(tc.is))
		found := map[string]int{
			"worse": len(c.Worse), "better": len(c.Better), "changed": len(c.Changed), "appeared": len(c.Appeared), "gone": len(c.Gone),
		}
		for section, n := range found {
			if want := section == tc.section; (n == 1) != want || n > 1 {
				t.Errorf("from %q to %q: %v, want it under %q", tc.was, tc.is, found, tc.section)
				break
			}
		}
		if got := c.MustGotWorse(); got != (tc.section == "worse") {
			t.Errorf("from %q to %q: a MUST got worse is %t", tc.was, tc.is, got)
		}
	}
}

// What a run shows no longer is said.
func TestCompare_notes(t *testing.T) {
	t.Parallel()
	run := func(profile, filter string, outcomes ...report.Outcome) report.Results {
		r := report.Results{LabelFilter: filter, Config: report.Config{Profile: profile}}
		for i, o := range outcomes {
			r.Requirements = append(r.Requirements, report.Row{ID: fmt.Sprintf("MAP-%03d", i+1), Level: requirement.Must, Outcome: o})
		}
		return r
	}
	const pass = report.Pass
	for _, tt := range []struct {
		name        string
		before, now report.Results
		want        []string
		worse       bool
	}{
		{"the same", run("full", "", pass), run("full", "", pass), nil, false},
		{
			"not claimed", run("full", "", pass, pass, pass), run("full", "", pass, report.NotClaimed, report.NotClaimed),
			[]string{"2 MUSTs held and are no longer claimed, which counts as worse: MAP-002, MAP-003"},
			true,
		},
		{"failed before, not claimed now", run("full", "", report.Fail), run("full", "", report.NotClaimed), nil, false},
		{
			"another profile and filter", run("full", "", pass, pass, report.Fail), run("quick", "area:rate", pass),
			[]string{
				`profile: was "full", is "quick"`, `label filter: was "", is "area:rate"`,
				"1 MUST held and was not judged now, which does not count as worse: MAP-002",
			},
			false,
		},
		{
			"many", run("full", "", pass, pass, pass, pass, pass, pass, pass), run("full", "", report.NotArisen, report.NotObservable),
			[]string{"7 MUSTs held and were not judged now, which does not count as worse: MAP-001, MAP-002, MAP-003, MAP-004, MAP-005 and 2 more"},
			false,
		},
	} {
		c := report.Compare(tt.before, tt.now)
		if diff := cmp.Diff(tt.want, c.Notes); diff != "" || c.MustGotWorse() != tt.worse {
			t.Errorf("%s: a MUST got worse is %t, want %t; notes (-want +got):\n%s", tt.name, c.MustGotWorse(), tt.worse, diff)
		}
	}
}

// A SHOULD that holds no longer is shown, and breaks nothing.
func TestCompare_should(t *testing.T) {
	t.Parallel()
	one := func(o report.Outcome) report.Results {
		return report.Results{Requirements: []report.Row{{ID: "MAP-003", Level: requirement.Should, Outcome: o}}}
	}
	if c := report.Compare(one(report.Pass), one(report.Fail)); len(c.Worse) != 1 || c.MustGotWorse() {
		t.Errorf("a SHOULD that got worse gives %+v", c)
	}
}

// Each requirement is in one category of the support matrix.
func TestSupport_hasEveryRequirement(t *testing.T) {
	t.Parallel()
	var r report.Results
	for _, known := range requirement.All() {
		row := report.NewRow(known)
		row.Outcome = report.Pass
		r.Requirements = append(r.Requirements, row)
	}
	a := report.Support(r)[0]
	sum := 0
	for _, share := range a.Categories {
		sum += share.Of
	}
	if all := len(r.Requirements); sum != all || a.Must.Of+a.Should.Of != all {
		t.Errorf("the categories have %d requirements, the levels %d, the catalog has %d", sum, a.Must.Of+a.Should.Of, all)
	}
}

func TestSupport_fileNames(t *testing.T) {
	t.Parallel()
	var r report.Results
	r.Subject.Name, r.Subject.Version = "../My Exporter", "1.2"
	a := report.Support(r)[0]
	if got := a.FileName(); got != "my-exporter-1.2" {
		t.Errorf("FileName = %q", got)
	}
	var badge bytes.Buffer
	r.Subject.Name = "<script>"
	if err := report.Support(r)[0].WriteBadge(&badge); err != nil || strings.Contains(badge.String(), "<script>") {
		t.Errorf("badge of a subject named <script>: %v\n%s", err, badge.String())
	}
}
