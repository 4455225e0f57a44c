package calibrate_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// TestPlan holds the cost of a run: the safe probes need fewer than 100 requests and 300
// events, whatever the service does, and a run costs no more than its plan.
func TestPlan(t *testing.T) {
	t.Parallel()
	cfg := bench(t, simulator.WithBehavior("duplicates_ingested", "subtracted"))
	cfg.Limits = false
	plan := cfg.Plan()
	if plan.Requests >= 100 || plan.Most >= 300 || plan.Events > plan.Most {
		t.Errorf("plan of the safe probes: %+v, want fewer than 100 requests and 300 events", plan)
	}
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if result.Requests > plan.Requests || result.Events > plan.Events {
		t.Errorf("%d requests and %d events, the plan said %+v", result.Requests, result.Events, plan)
	}
	t.Logf("safe: %d requests, %d events; plan %+v", result.Requests, result.Events, plan)
}

// TestRun_rows makes the probes of one row only, and those that it needs.
func TestRun_rows(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	cfg.Rows = []string{"rejection_429"}
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Row("rejection_429"); got.Verdict != calibrate.Default {
		t.Errorf("rejection_429: %+v, want the default", got)
	}
	if got := result.Row("error_indexes"); got.Verdict != calibrate.NotAsked || result.Requests > 12 {
		t.Errorf("error_indexes: %+v after %d requests, want that it was not asked for", got, result.Requests)
	}
}

// TestRun_skip leaves out the probe that is about half a million events.
func TestRun_skip(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	whole := cfg.Plan()
	cfg.Skip = []string{"daily_quota"}
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Row("daily_quota_start"); got.Verdict != calibrate.NotAsked || result.Events > whole.Events-quota {
		t.Errorf("daily_quota_start: %+v after %d events, want that its probe was left out", got, result.Events)
	}
	if got := result.Row("rate_comparison"); got.Verdict != calibrate.Default {
		t.Errorf("rate_comparison: %+v, want the default", got)
	}
}

// TestRun_withoutTexts does not compare the texts of errors.
func TestRun_withoutTexts(t *testing.T) {
	t.Parallel()
	cfg := bench(t, simulator.WithBehavior("invalid_id_text", "another text"))
	cfg.Texts, cfg.Limits = false, false
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Row("invalid_id_text"); got.Verdict != calibrate.NotObservable || !strings.Contains(got.Why, "--texts") {
		t.Errorf("invalid_id_text: %+v, want that texts are not compared", got)
	}
	if got := seen(result); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}

// TestRun_endpointsDiffer sees that a switch is not the same at both endpoints.
func TestRun_endpointsDiffer(t *testing.T) {
	t.Parallel()
	cfg, first := bench(t), bench(t, simulator.WithBehavior("error_indexes", "first"))
	cfg.Limits = false
	next := cfg.Client.Transport
	cfg.Client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/batch") {
			r = r.Clone(r.Context())
			r.URL.Host = strings.TrimPrefix(first.URL, "http://")
		}
		return next.RoundTrip(r)
	})
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"error_indexes": "differs"}, seen(result)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if got := result.Row("error_indexes").Why; got != "/2/httpapi: all; /batch: first" {
		t.Errorf("why %q", got)
	}
}

// TestCalibration_secrets holds no key, id or host in the evidence, and counts what was
// masked.
func TestCalibration_secrets(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(cfg.URL, "http://")
	if result.Host != host {
		t.Errorf("host %q, want %q", result.Host, host)
	}
	result.Host, result.Device = "", ""
	text, err := result.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{cfg.Key, cfg.OtherKey, cfg.BrazePartnerKey, cfg.BrazeClientSecret, host, cfg.Device(), "ammeter-user-" + cfg.Run} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the calibration holds %q", secret)
		}
	}
	for _, kind := range []string{"key", "device", "user"} {
		if result.Masked[kind] == 0 {
			t.Errorf("masked %v, want some of the kind %q", result.Masked, kind)
		}
	}
	var table bytes.Buffer
	if err := result.Write(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"error_indexes             guess      as the default     all\n",
		"rate_window               guess      as the default     ",
		"dedup_window              published  not observable     it takes seven days",
		"They stay in the project, at the device ",
		"Masked in the evidence: ", "key ",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, table.String())
		}
	}
}

// TestContribute writes measurements that the table takes, without host and ids, and none
// of a simulator.
func TestContribute(t *testing.T) {
	t.Parallel()
	cfg := bench(t, simulator.WithBehavior("error_indexes", "first"), simulator.WithBehavior("braze_partner_name", "other"))
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := result.Contribute("A. Tester"); err == nil || !strings.Contains(err.Error(), "a simulator was measured") {
		t.Errorf("the behavior of a simulator was contributed: %v", err)
	}
	result.Simulator = "" // as if the real service had answered
	text, err := result.Contribute(" A. Tester ")
	if err != nil {
		t.Fatal(err)
	}
	var file fidelity.MeasurementFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if err := file.Check(); err != nil {
		t.Error(err)
	}
	if file.By != "A. Tester" || file.Region != "us" || !file.Date.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) ||
		file.Rows["error_indexes"] != "first" || file.Rows["rate_window"] == "" || file.Else["braze_partner_name"] != "404 application/json with message" {
		t.Errorf("contributed %+v", file)
	}
	for _, secret := range []string{cfg.Key, cfg.Device(), "127.0.0.1", cfg.Run + "-"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the measurements hold %q", secret)
		}
	}
	if _, err := result.Contribute(" "); err == nil {
		t.Error("measurements of nobody were written")
	}
	rows := simulator.Fidelity()
	result.AddTo(rows)
	for _, r := range rows {
		if r.Name == "error_indexes" && (r.Known != fidelity.Measured || r.Measured[0].Text(r.Default, start) != "seen otherwise on 2026-03-01, region us, by this calibration: first") {
			t.Errorf("error_indexes: %+v", r)
		}
	}
}

// TestRead reads what was written, and nothing else.
func TestRead(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	cfg.Limits = false
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	text, err := result.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "calibration.json")
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{calibrate.Schema, "ammeter/calibration/9", "schema"},
		{"{", "<", "no calibration"},
		{`"rows": [`, `"lines": [`, "no rows"},
	} {
		if err := os.WriteFile(path, bytes.Replace(text, []byte(c.from), []byte(c.to), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := calibrate.Read(path)
		switch {
		case c.want == "" && err != nil:
			t.Error(err)
		case c.want == "":
			if diff := cmp.Diff(result, read); diff != "" {
				t.Errorf("read (-written +read):\n%s", diff)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s in place of %s: %v, want %q", c.to, c.from, err, c.want)
		}
	}
}

// TestCompare names the rows that differ, and those that only one calibration observed.
func TestCompare(t *testing.T) {
	t.Parallel()
	made := func(rows ...calibrate.Row) *calibrate.Calibration { return &calibrate.Calibration{Rows: rows} }
	a := made(
		calibrate.Row{Name: "same", Verdict: calibrate.Default, Value: "x"},
		calibrate.Row{Name: "changed", Verdict: calibrate.Default, Value: "x"},
		calibrate.Row{Name: "else", Verdict: calibrate.Differs, Why: "404"},
		calibrate.Row{Name: "gone", Verdict: calibrate.Alternative, Value: "y"},
		calibrate.Row{Name: "never", Verdict: calibrate.NotObservable},
		calibrate.Row{Name: "new", Verdict: calibrate.NotMade},
	)
	b := made(
		calibrate.Row{Name: "same", Verdict: calibrate.Alternative, Value: "x"}, // the default may have changed since
		calibrate.Row{Name: "changed", Verdict: calibrate.Alternative, Value: "y"},
		calibrate.Row{Name: "else", Verdict: calibrate.Default, Value: "400"},
		calibrate.Row{Name: "gone", Verdict: calibrate.Failed},
		calibrate.Row{Name: "new", Verdict: calibrate.Default, Value: "z"},
	)
	changed, onlyA, onlyB := calibrate.Compare(a, b)
	if diff := cmp.Diff([]calibrate.Difference{{Row: "changed", Before: "x", After: "y"}, {Row: "else", Before: "something else: 404", After: "400"}}, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if len(onlyA) != 1 || onlyA[0] != "gone" || len(onlyB) != 1 || onlyB[0] != "new" {
		t.Errorf("only in one: %v, %v; want gone and new", onlyA, onlyB)
	}
}
