package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/report"
)

func compared() (before, after *loadgen.Summary) {
	before = &loadgen.Summary{
		Plan: loadgen.PlanInfo{Name: "hot-device", Seed: 1}, Verdict: loadgen.Valid,
		Goals: []loadgen.Goal{
			{Threshold: "lost == 0", Measured: "0", Holds: true},
			{Threshold: "reordered == 0", Measured: "3"},
			{Threshold: "waste < 2", Measured: "1.1", Holds: true},
			{Threshold: "p99 < 1s", Measured: "10ms", Holds: true},
		},
		Statuses:     map[string]uint64{"200": 90},
		Latency:      loadgen.Latencies{Intended: loadgen.Quantiles{P50: 1, P99: 100}},
		Conservation: &loadgen.Conservation{Lost: 0, Unexpected: 2},
	}
	after = &loadgen.Summary{
		Plan: loadgen.PlanInfo{Name: "hot-device", Seed: 1}, Verdict: loadgen.Valid,
		Goals: []loadgen.Goal{
			{Threshold: "lost == 0", Measured: "5"},
			{Threshold: "reordered == 0", Measured: "0", Holds: true},
			{Threshold: "waste < 2", Measured: "1.2", Holds: true},
			{Threshold: "held == 0", Measured: "1 | 2"},
		},
		Statuses:     map[string]uint64{"200": 91, "503": 4},
		Latency:      loadgen.Latencies{Intended: loadgen.Quantiles{P50: 4, P99: 110}},
		Conservation: &loadgen.Conservation{Lost: 5, Unexpected: 0},
		Deaths:       []loadgen.Death{{Program: "exporter", How: "signal 9 (killed)"}},
	}
	return before, after
}

func TestCompare(t *testing.T) {
	t.Parallel()
	before, after := compared()
	want := []report.Difference{
		{Change: report.Worse, Name: "threshold lost == 0", Before: "holds: 0", After: "broken: 5", Broke: true},
		{Change: report.Better, Name: "threshold reordered == 0", Before: "broken: 3", After: "holds: 0"},
		{Change: report.Appeared, Name: "threshold held == 0", After: "broken: 1 | 2", Broke: true},
		{Change: report.Disappeared, Name: "threshold p99 < 1s", Before: "holds: 10ms"},
		{Change: report.Worse, Name: "death of the exporter", After: "signal 9 (killed)"},
		{Change: report.Worse, Name: "lost events", Before: "0", After: "5"},
		{Change: report.Better, Name: "unexpected events", Before: "2", After: "0"},
		{Change: report.Appeared, Name: "answers 503", After: "4"},
	}
	d := report.Compare("a", "b", before, after)
	if diff := cmp.Diff(want, d.Differences); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if d.Broke() != 2 {
		t.Errorf("%d broke, want 2", d.Broke())
	}
}

// The same run twice differs in nothing, and a summary compared with itself neither.
func TestCompare_nothing(t *testing.T) {
	t.Parallel()
	before, after := compared()
	for _, s := range []*loadgen.Summary{before, after, {}} {
		if d := report.Compare("a", "a", s, s); len(d.Differences) != 0 || d.Broke() != 0 {
			t.Errorf("differences of a summary and itself: %+v", d.Differences)
		}
	}
}

// What has been better before is worse the other way round.
func TestCompare_isSymmetric(t *testing.T) {
	t.Parallel()
	before, after := compared()
	before.Latency.Intended.P99, before.Delivery = 500, &loadgen.Delivery{All: loadgen.Quantiles{P50: 1, P99: 900}}
	after.Delivery = &loadgen.Delivery{All: loadgen.Quantiles{P50: 4, P99: 90}}
	after.Verdict = loadgen.Bottleneck
	opposite := map[report.Change]report.Change{
		report.Better: report.Worse, report.Worse: report.Better,
		report.Appeared: report.Disappeared, report.Disappeared: report.Appeared, report.Differs: report.Differs,
	}
	there, back := map[string]report.Change{}, map[string]report.Change{}
	for _, x := range report.Compare("a", "b", before, after).Differences {
		there[x.Name] = x.Change
	}
	for _, x := range report.Compare("b", "a", after, before).Differences {
		back[x.Name] = opposite[x.Change]
	}
	if diff := cmp.Diff(there, back); diff != "" {
		t.Errorf("there and back (-there +back):\n%s", diff)
	}
	if there["latency p99"] != report.Better || there["delay to Amplitude p99"] != report.Better || there["verdict"] != report.Worse {
		t.Errorf("changes %v", there)
	}
}

func TestDiff_Write(t *testing.T) {
	t.Parallel()
	before, after := compared()
	d := report.Compare("a|b.json", "c.json", before, after)
	var text, markdown, json strings.Builder
	for _, err := range []error{d.WriteText(&text), d.WriteMarkdown(&markdown), d.WriteJSON(&json)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for out, want := range map[*strings.Builder][]string{
		&text:     {"a|b.json -> c.json\n", "  BROKE       threshold lost == 0 ", "holds: 0 -> broken: 5\n", "  worse       death of the exporter"},
		&markdown: {"**a\\|b.json → c.json**", "| BROKE | threshold held == 0 |  | broken: 1 \\| 2 |", "|---|---|---|---|"},
		&json:     {`"change": "worse"`, `"broke": true`, `"before": "a|b.json"`},
	} {
		for _, line := range want {
			if !strings.Contains(out.String(), line) {
				t.Errorf("output lacks %q:\n%s", line, out)
			}
		}
	}
}
