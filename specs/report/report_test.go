package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/internal/verdict"
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
	made := report.NewRow(r)
	made.Outcome, made.Evidence, made.Details = outcome, evidence, details
	made.Spec, made.Seconds = "exporter "+r.Area+" "+r.Text, 0.25
	return made
}

func example(t *testing.T) report.Results {
	t.Helper()
	started := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	results := report.Results{
		Format:    report.Format,
		Suite:     report.Part{Name: "ammeter", Version: "0.1"},
		Subject:   report.Subject{Part: report.Part{Name: "some-exporter", Version: "1.2.3"}, Capabilities: []string{"custom_http"}},
		Simulator: report.Part{Name: "amplitude-simulator", Version: "0.1"},
		Seed:      42, Started: started, Seconds: 3.5,
		Currents: report.Currents{Version: 12, Date: "2026-09-02"},
		Config:   report.Config{Kind: "command", Start: []string{"bin/exporter", "--api-key", "***"}, File: "my subject.yaml", Profile: "full"},
		Clock:    report.Clock{Mode: "real", Scale: 1},
		Limits:   []report.Limit{{Name: "throttle_pause", Seconds: 1, PublishedSeconds: 30, Scale: 1.0 / 30}},
		Requirements: []report.Row{
			row(t, "MAP-001", report.Pass, "86 posted = 86 accepted + 0 dropped by rule"),
			row(t, "VAL-001", report.Fail, `2 of 86 events wrong: a: time: want 1000, got 1 (and 1 more)`,
				"a: time: want 1000, got 1", "b: time: want <2000>, got 2"),
			row(t, "ID-008", report.Fail, "1 of 3 events lost"),
			row(t, "KEY-004", report.Skip, "the output of this subject cannot be seen"),
			row(t, "RATE-001", report.NotRun, ""),
			row(t, "CAP-003", report.NotClaimed, "avro_dir is not claimed, and need not be"),
		},
		Recordings: []report.Recording{
			report.Recorded("all fixtures", wrongTime(started), nil, nil),
			report.Recorded("RATE-004", refusedOnce(started), nil, nil),
			report.Recorded("QUOTA-001", verdict.Traffic{}, &report.Failure{Kind: verdict.Untestable, Text: "a quota pause of 1h0m0s takes too long"}, nil),
		},
	}
	results.Requirements[1].Recordings = []string{"all fixtures"}
	results.Requirements[1].Situation, results.Requirements[1].Decides = "Every case is posted.", "The time is in milliseconds."
	return results
}

// wrongTime is an event that was sent with seconds for milliseconds.
func wrongTime(at time.Time) verdict.Traffic {
	return verdict.Traffic{
		APIKey: redact.Key, Output: []byte("ready\n"),
		Posted: []verdict.Posted{{
			Name: "a", EventType: "A", ID: "id-1", Device: "device-1", Taken: true,
			Currents: json.RawMessage(`{"id":"id-1","time":1,"properties":{"html":"<script>alert(1)</script>"}}`),
			Want:     json.RawMessage(`{"insert_id":"id-1","time":1000}`),
		}},
		Events: []control.Event{{
			Seq: 1, Request: 1, At: at, Wall: at, Outcome: control.Accepted, InsertID: "id-1", Body: json.RawMessage(`{"insert_id":"id-1","time":1}`),
		}},
		Requests: []control.Request{{Seq: 1, At: at, Wall: at, Status: 200, Endpoint: "/2/httpapi", Events: 1, Answer: json.RawMessage(`{"code":200}`)}},
		Stop:     errors.New("exit status 3"),
	}
}

// refusedOnce is a device that is refused, left alone for a second, and accepted.
func refusedOnce(at time.Time) verdict.Traffic {
	event := func(seq uint64, after time.Duration, device string, outcome control.Outcome, reason string) control.Event {
		return control.Event{
			Seq: seq, Request: seq, At: at.Add(after), Wall: at.Add(after), Outcome: outcome, Reason: reason,
			DeviceID: device, InsertID: fmt.Sprintf("event-%d", seq),
		}
	}
	return verdict.Traffic{
		Output: []byte{},
		Events: []control.Event{
			event(1, 0, "noisy", control.Throttled, "device"), event(2, 0, "quiet", control.Throttled, "neighbor"),
			event(3, 50*time.Millisecond, "quiet", control.Accepted, ""), event(4, time.Second, "noisy", control.Accepted, ""),
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	results := example(t)
	support, changes := report.Support(results, improved(t)), report.Compare(results, improved(t))
	for name, write := range map[string]func(io.Writer) error{
		"support.md":   support.WriteMarkdown,
		"support.html": support.WriteHTML,
		"badge.svg":    support[0].WriteBadge,
		"diff.txt":     changes.WriteText,
		"diff.md":      changes.WriteMarkdown,
		"diff.json":    changes.WriteJSON,
		"results.json": results.WriteJSON,
		"junit.xml":    results.WriteJUnit,
		"table.txt":    func(w io.Writer) error { return results.WriteTable(w, 0) },
		"report.html":  results.WriteHTML,
		"summary.md":   results.WriteMarkdown,
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
	var text, again bytes.Buffer
	if err := example(t).WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadJSON(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.WriteJSON(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text.String(), again.String()); diff != "" {
		t.Errorf("(-written +read and written):\n%s", diff)
	}
	if err := got.CheckDigests(); err != nil {
		t.Errorf("CheckDigests of what was read = %v", err)
	}
	if stop := got.Recordings[0].Replay().Stop; stop == nil || stop.Error() != "exit status 3" {
		t.Errorf("the recording ended with %v after reading", stop)
	}
	if got.Recordings[1].Traffic.Output == nil || got.Recordings[2].Traffic.Output != nil {
		t.Error("no output and output that cannot be seen are not told apart any more")
	}
}

func TestCheckDigests_findsChanges(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(*report.Results)
		want  string
	}{
		"a verdict":           {func(r *report.Results) { r.Requirements[1].Outcome = report.Pass }, "the head or a requirement"},
		"the seed":            {func(r *report.Results) { r.Seed++ }, "the head or a requirement"},
		"a claim":             {func(r *report.Results) { r.Subject.Capabilities = nil }, "the head or a requirement"},
		"an event":            {func(r *report.Results) { r.Recordings[0].Traffic.Events[0].Body = json.RawMessage(`{"time":1000}`) }, `"all fixtures"`},
		"a recording is gone": {func(r *report.Results) { r.Recordings = r.Recordings[1:] }, `"RATE-004"`},
	} {
		sealed, err := example(t).Seal()
		if err != nil {
			t.Fatal(err)
		}
		tc.spoil(&sealed)
		if err := sealed.CheckDigests(); !errors.Is(err, report.ErrTampered) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: CheckDigests = %v, want one with %q", name, err, tc.want)
		}
	}
}

func TestWriteHTML_runsNothingOfAnEvent(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := example(t).WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script") || !strings.Contains(page.String(), "&lt;script&gt;alert(1)") {
		t.Error("an event can put a script into the report, or was not shown")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(*report.Results)
		want  string
	}{
		"another format":     {func(r *report.Results) { r.Format = 1 }, "format 1"},
		"no subject":         {func(r *report.Results) { r.Subject.Name = "" }, "no subject"},
		"no start":           {func(r *report.Results) { r.Started = time.Time{} }, "no start"},
		"twice":              {func(r *report.Results) { r.Requirements[1] = r.Requirements[0] }, `"MAP-001" appears twice`},
		"unknown":            {func(r *report.Results) { r.Requirements[0].ID = "MAP-999" }, `"MAP-999" is not in the catalog`},
		"another level":      {func(r *report.Results) { r.Requirements[0].Level = "MAY" }, `level "MAY"`},
		"without evidence":   {func(r *report.Results) { r.Requirements[0].Evidence = "" }, "without evidence"},
		"a recording twice":  {func(r *report.Results) { r.Recordings[1] = r.Recordings[0] }, "appears twice"},
		"a recording gone":   {func(r *report.Results) { r.Recordings = r.Recordings[1:] }, `"all fixtures", which is missing`},
		"an unknown failure": {func(r *report.Results) { r.Recordings[2].Failure.Kind = "luck" }, `"luck"`},
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

func known(r report.Row) report.Row {
	r.KnownFailing = true
	return r
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
		"a part passes":     {"req:MAP-001", []report.Row{pass}, 0, "conformant on what was selected, MUST 1/1"},
		"nothing selected":  {"req:X", nil, 4, "not conformant"},
		"not claimed":       {"", []report.Row{pass, row(t, "CAP-002", report.NotClaimed, "no")}, 0, "conformant, MUST 1/1, 1 not claimed"},
		"did not arise":     {"", []report.Row{pass, row(t, "BACK-002", report.NotArisen, "room for all")}, 0, "conformant, MUST 1/1, 1 did not arise"},
		"known to fail":     {"", []report.Row{pass, known(row(t, "MAP-002", report.Fail, "no"))}, 0, "failing no more than is known (1 known to fail), MUST 1/2"},
		"more than known": {
			"",
			[]report.Row{known(row(t, "MAP-002", report.Fail, "no")), row(t, "VAL-001", report.Fail, "no")},
			1, "not conformant (1 known to fail), MUST 0/2",
		},
		"a known one passes": {"", []report.Row{known(pass)}, 1, "MAP-001 is listed as known failing and passes: take it off the list"},
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

// What failed on a machine that was too busy says nothing, unless it is a wrong mapping. What
// passed still says that it holds.
func TestSummary_busyMachine(t *testing.T) {
	t.Parallel()
	pass, fail, wrong := row(t, "MAP-001", report.Pass, "ok"), row(t, "RATE-004", report.Fail, "no"), row(t, "MAP-002", report.Fail, "no")
	for name, tc := range map[string]struct {
		late float64
		rows []report.Row
		code int
		line string
	}{
		"all pass":       {1.2, []report.Row{pass}, report.ExitConformant, "conformant, MUST 1/1"},
		"one fails":      {1.2, []report.Row{pass, fail}, report.ExitAssumption, "cannot be judged (the machine was too busy: timers fired up to 1.2s late), MUST 1/2, 1 failed"},
		"not so late":    {0.9, []report.Row{pass, fail}, report.ExitFailed, "not conformant, MUST 1/2, 1 failed"},
		"wrong mapping":  {1.2, []report.Row{wrong, fail}, report.ExitFailed, "not conformant, MUST 0/2, 2 failed"},
		"known to fail":  {1.2, []report.Row{pass, known(fail)}, report.ExitConformant, "failing no more than is known (1 known to fail)"},
		"harness broken": {1.2, []report.Row{fail, row(t, "MAP-001", report.Error, "no")}, report.ExitHarness, "1 broken"},
	} {
		s := report.Results{Late: tc.late, Requirements: tc.rows}.Summary()
		if s.ExitCode() != tc.code || !strings.Contains(s.String(), tc.line) {
			t.Errorf("%s: exit code %d, %q; want %d, %q", name, s.ExitCode(), s, tc.code, tc.line)
		}
	}
}
