package coverage

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/report"
)

// Every row of the fidelity table has a sign, or a reason for which it has none, and there
// are no others.
func TestSigns_areTheTable(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, row := range simulator.Fidelity() {
		rows[row.Name] = true
		s, seen := signs[row.Name]
		_, hidden := unseen[row.Name]
		if seen == hidden || seen && (s.met == "" || s.seen == nil) {
			t.Errorf("%s: want a sign in words and code, or a reason why there is none", row.Name)
		}
	}
	if extra := len(signs) + len(unseen) - len(rows); extra != 0 {
		t.Errorf("%d names are those of no row", extra)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	table := []Behavior{
		{Name: "retry_after", Known: Published},
		{Name: "rate_window", Known: Guess, Does: "30 s"},
		{Name: "dedup_window", Known: Measured},
		{Name: "waf_answer", Known: Published},
		{Name: "content_type", Known: Guess},
	}
	recordings := []Recording{
		{
			Name:     "throttling",
			Requests: []control.Request{{Seq: 1, Status: 429, Reason: "device_rate"}, {Seq: 2, Status: 200}},
			Events: []control.Event{
				{Request: 1, Reason: "device_rate"}, {Request: 1, Reason: "neighbor"}, {Request: 2, Outcome: control.Accepted},
			},
		},
		{Name: "again", Events: []control.Event{{Request: 3, Outcome: control.Duplicate, Reason: "insert_id"}}},
	}
	verdicts := []report.Row{
		{ID: "RATE-001", Outcome: report.Pass, Recordings: []string{"throttling"}},
		{ID: "RATE-002", Outcome: report.Fail, Recordings: []string{"again", "throttling"}},
		{ID: "RATE-003", Outcome: report.NotClaimed, Recordings: []string{"throttling"}},
		{ID: "DEDUP-001", Outcome: report.Pass, Recordings: []string{"again"}},
		{ID: "DEDUP-002", Outcome: report.NotRun},
	}
	got := Of(table, recordings, verdicts)
	type line struct {
		name         string
		requests     int
		requirements []string
	}
	var met []line
	for _, row := range got.Met {
		met = append(met, line{row.Name, row.Requests, row.Requirements})
	}
	want := []line{
		{"rate_window", 1, []string{"RATE-001", "RATE-002"}},
		{"retry_after", 1, []string{"RATE-001", "RATE-002"}},
		{"dedup_window", 1, []string{"RATE-002", "DEDUP-001"}},
	}
	if diff := cmp.Diff(want, met, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("met (-want +got):\n%s", diff)
	}
	if len(got.NotMet) != 1 || got.NotMet[0].Name != "waf_answer" || len(got.Unseen) != 1 || got.Unseen[0].Name != "content_type" {
		t.Errorf("not met: %v, unseen: %v; want waf_answer and content_type", got.NotMet, got.Unseen)
	}
	if got.Uploads != 3 || got.Judged != 3 || got.OnGuesses != 2 || got.NotRun != 1 {
		t.Errorf("%d uploads, %d judged, %d on guesses, %d not run; want 3, 3, 2 and 1", got.Uploads, got.Judged, got.OnGuesses, got.NotRun)
	}
	var text strings.Builder
	if err := got.WriteTable(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"rate_window                guess             1             2  30 s\n",
		"3 requests met 3 behaviors: 1 measured, 1 published, 1 guesses; 1 not met, 1 cannot be seen",
		"2 of 3 requirements judged by traffic that met a guess\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
}

// Bodies that are missing, as those that were evicted, show nothing.
func TestOf_eventsWithoutBodies(t *testing.T) {
	t.Parallel()
	got := Of([]Behavior{{Name: "null"}, {Name: "missing_ids_answer"}, {Name: "group_identify_without_id"}}, []Recording{{
		Events: []control.Event{{Request: 1, EventType: "$groupidentify"}, {Request: 1, Reason: "missing_field"}},
	}}, nil)
	if len(got.Met) != 0 {
		t.Errorf("met %v", got.Met)
	}
}

// A report has the digest of a long text, not the text.
func TestLongText(t *testing.T) {
	t.Parallel()
	digest := func(size string) string {
		return "xxxx... (" + size + " bytes, SHA-256 " + strings.Repeat("0", 64) + ")"
	}
	for _, tc := range []struct {
		value any
		want  bool
	}{
		{strings.Repeat("x", 1024), false},
		{strings.Repeat("é", 1024), false},
		{map[string]any{"a": []any{"x", strings.Repeat("x", 1025)}}, true},
		{digest("1025"), true},
		{digest("500"), false},
	} {
		if got := longText(tc.value); got != tc.want {
			t.Errorf("longText(%.60v) = %v", tc.value, got)
		}
	}
}

// names are the rows that were met.
func names(c Coverage) []string {
	var all []string
	for _, row := range c.Met {
		all = append(all, row.Name)
	}
	slices.Sort(all)
	return all
}
