package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func row(t *testing.T, id string, outcome report.Outcome, evidence string, details ...string) report.Row {
	t.Helper()
	r, ok := requirement.Lookup(id)
	if !ok {
		t.Fatalf("%s is not in the catalog", id)
	}
	made := report.Blank(r)
	made.Outcome, made.Evidence, made.Details = outcome, evidence, details
	made.Spec, made.Seconds = "exporter "+r.Area+" "+r.Text, 0.25
	return made
}

func example(t *testing.T) report.Results {
	t.Helper()
	return report.Results{
		Format:    report.Format,
		Suite:     report.Part{Name: "ammeter", Version: "0.1"},
		Subject:   report.Subject{Part: report.Part{Name: "some-exporter", Version: "1.2.3"}, Capabilities: []string{"custom_http"}},
		Simulator: report.Part{Name: "amplitude-simulator", Version: "0.1"},
		Seed:      42, Started: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Seconds: 3.5,
		Requirements: []report.Row{
			row(t, "MAP-001", report.Pass, "86 posted = 86 accepted + 0 dropped by rule"),
			row(t, "VAL-001", report.Fail, `2 of 86 events wrong: a: time: want 1000, got 1 (and 1 more)`,
				"a: time: want 1000, got 1", "b: time: want <2000>, got 2"),
			row(t, "ID-008", report.Fail, "1 of 3 events lost"),
			row(t, "KEY-004", report.Skip, "the output of this subject cannot be seen"),
			row(t, "RATE-001", report.NotRun, ""),
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	results := example(t)
	for name, write := range map[string]func(io.Writer) error{
		"results.json": results.WriteJSON,
		"junit.xml":    results.WriteJUnit,
		"table.txt":    func(w io.Writer) error { return results.WriteTable(w, 0) },
		"narrow.txt":   func(w io.Writer) error { return results.WriteTable(w, 80) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadJSON_readsWhatWriteJSONWrote(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := example(t).WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadJSON(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(t), got); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(*report.Results)
		want  string
	}{
		"another format":     {func(r *report.Results) { r.Format = 2 }, "format 2"},
		"no subject":         {func(r *report.Results) { r.Subject.Name = "" }, "no subject"},
		"no start":           {func(r *report.Results) { r.Started = time.Time{} }, "no start"},
		"twice":              {func(r *report.Results) { r.Requirements[1] = r.Requirements[0] }, `"MAP-001" appears twice`},
		"unknown":            {func(r *report.Results) { r.Requirements[0].ID = "MAP-999" }, `"MAP-999" is not in the catalog`},
		"another level":      {func(r *report.Results) { r.Requirements[0].Level = "MAY" }, `level "MAY"`},
		"without evidence":   {func(r *report.Results) { r.Requirements[0].Evidence = "" }, "without evidence"},
		"an unknown verdict": {func(r *report.Results) { r.Requirements[0].Outcome = "ok" }, `unknown verdict "ok"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := example(t)
			tc.spoil(&r)
			if err := r.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Validate = %v, want an error with %q", err, tc.want)
			}
		})
	}
	if err := example(t).Validate(); err != nil {
		t.Errorf("Validate of good results = %v", err)
	}
}

func TestSummary_exitCode(t *testing.T) {
	t.Parallel()
	pass := row(t, "MAP-001", report.Pass, "ok")
	for name, tc := range map[string]struct {
		filter string
		rows   []report.Row
		code   int
		line   string
	}{
		"all pass":          {"", []report.Row{pass}, 0, "conformant, MUST 1/1"},
		"a SHOULD fails":    {"", []report.Row{pass, row(t, "ID-008", report.Fail, "no")}, 0, "conformant, MUST 1/1, SHOULD 0/1, 1 failed"},
		"a MUST fails":      {"", []report.Row{pass, row(t, "MAP-002", report.Fail, "no")}, 1, "not conformant, MUST 1/2, 1 failed"},
		"a MUST is skipped": {"", []report.Row{pass, row(t, "KEY-004", report.Skip, "no")}, 1, "not conformant, MUST 1/2, 1 skipped"},
		"a MUST is not run": {"", []report.Row{pass, row(t, "MAP-002", report.NotRun, "")}, 1, "not conformant, MUST 1/2, 1 not run"},
		"the harness broke": {"", []report.Row{row(t, "MAP-002", report.Fail, "no"), row(t, "MAP-001", report.Error, "no")}, 3, "1 broken"},
		"a part passes":     {"req:MAP-001", []report.Row{pass}, 0, "conformant on what the label filter selects, MUST 1/1"},
		"nothing selected":  {"req:X", nil, 4, "not conformant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := report.Results{LabelFilter: tc.filter, Requirements: tc.rows}.Summary()
			if s.ExitCode() != tc.code || !strings.Contains(s.String(), tc.line) {
				t.Errorf("exit code %d, %q; want %d, %q", s.ExitCode(), s, tc.code, tc.line)
			}
		})
	}
}
