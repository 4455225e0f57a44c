package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

// hostile commands a terminal and turns the direction of text.
const hostile = "\x1b]0;title\a\x1b[31m\u009b1m\u202egnp.\u2066"

// spoiled is the example with hostile text wherever a subject, or the author of the file, can
// put text, and with a subject that died.
func spoiled(t *testing.T) report.Results {
	t.Helper()
	r := example(t)
	r.Subject.Name += hostile
	r.Subject.Version += hostile
	r.Simulator.Version += hostile
	r.Subject.EventTypes = []string{hostile}
	r.Config.Start = []string{hostile}
	r.Config.Env = map[string]string{"MODE" + hostile: hostile}
	r.Config.File += hostile
	for i := range r.Requirements {
		r.Requirements[i].Evidence += hostile
		r.Requirements[i].Details = append(r.Requirements[i].Details, hostile)
	}
	traffic := wrongTime(r.Started)
	traffic.Posted[0].Name += hostile
	traffic.Events[0].Reason = hostile
	traffic.Requests[0].Reason, traffic.Requests[0].Status = hostile, 400
	r.Recordings[0] = report.Recorded("all fixtures"+hostile, traffic, nil, &report.Death{
		How: "exit code 3", During: "post 2 (about 50 events, 12345 bytes)", Post: `{"events":[` + hostile,
		LastLines: []string{"panic: no such index", "at line 7" + hostile},
	})
	r.Requirements[1].Recordings = []string{"all fixtures" + hostile}
	return r
}

func TestReports_showNothingRaw(t *testing.T) {
	t.Parallel()
	results := spoiled(t)
	for name, write := range map[string]func(io.Writer) error{
		"junit.xml":   results.WriteJUnit,
		"table":       func(w io.Writer) error { return results.WriteTable(w, 0) },
		"narrow":      func(w io.Writer) error { return results.WriteTable(w, 80) },
		"report.html": results.WriteHTML,
		"summary.md":  results.WriteMarkdown,
	} {
		var got strings.Builder
		if err := write(&got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if i := strings.IndexAny(got.String(), "\x1b\a\u009b\u202e\u2066"); i >= 0 {
			t.Errorf("%s has %q in it", name, got.String()[max(0, i-20):min(i+20, got.Len())])
		}
	}
}

func TestReports_showADeath(t *testing.T) {
	t.Parallel()
	results := spoiled(t)
	for name, write := range map[string]func(io.Writer) error{
		"table":       func(w io.Writer) error { return results.WriteTable(w, 80) },
		"report.html": results.WriteHTML,
		"results":     results.WriteJSON,
	} {
		var got strings.Builder
		if err := write(&got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range []string{"exit code 3", "post 2 (about 50 events, 12345 bytes)", "panic: no such index", "at line 7"} {
			if !strings.Contains(got.String(), want) {
				t.Errorf("%s does not tell %q", name, want)
			}
		}
	}
}

// What kills an exporter once may kill it each time: the terminal shows the first deaths.
func TestWriteTable_countsFurtherDeaths(t *testing.T) {
	t.Parallel()
	results := example(t)
	for _, name := range []string{"A", "B", "C", "D"} {
		results.Recordings = append(results.Recordings, report.Recorded(name, verdict.Traffic{}, nil, &report.Death{How: "exit code 1"}))
	}
	var got strings.Builder
	if err := results.WriteTable(&got, 0); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nIt died in recording A: exit code 1\n  It had printed nothing.\n", "\nIt died in 2 more recordings: see results.json",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("the table does not tell %q:\n%s", want, got.String())
		}
	}
}
