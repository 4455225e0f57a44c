package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/report"
)

var update = flag.Bool("update", false, "write the golden files")

// summary is a run of three seconds in which one hot device was throttled.
func summary() *loadgen.Summary {
	q := func(n uint64, scale float64) loadgen.Quantiles {
		return loadgen.Quantiles{Count: n, Min: 0.1 * scale, Mean: 1.5 * scale, P50: scale, P90: 2 * scale, P95: 3 * scale, P99: 10 * scale, P999: 100 * scale, Max: 1234.5 * scale}
	}
	other, hot := q(250, 0.5), q(50, 4)
	return &loadgen.Summary{
		Format: loadgen.SummaryFormat, Version: "v1.2.3",
		Plan: loadgen.PlanInfo{
			Name: "replay <of> the fixtures", Target: "http://127.0.0.1:8080/2/httpapi", Kind: loadgen.Amplitude,
			Seed: 7, Rate: 100, Duration: 3, Batch: 1, Devices: 2, Events: 300, Sends: 300, DeviceLimit: 30,
		},
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Elapsed: 3.004,
		Verdict:  loadgen.Valid,
		Sends:    loadgen.Sends{Due: 300, Answered: 297, Failed: 2, Dropped: 1, LateClock: 3, LateSenders: 1},
		Events:   loadgen.Outcomes{Due: 300, Accepted: 240, Throttled: 40, Rejected: 10, Neighbors: 7, Failed: 2, Dropped: 1},
		Statuses: map[string]uint64{"200": 240, "429": 47, "400": 10},
		Errors:   map[string]uint64{"timeout": 2},
		Senders:  9, Offered: 100, Achieved: 99.6667,
		Latency: loadgen.Latencies{Intended: q(299, 1), Service: q(299, 0.4), ScheduleError: q(299, 0.01), Other: &other, Hot: &hot},
		Series: loadgen.Series{
			Width: 1, Offered: []uint64{100, 100, 100}, Sent: []uint64{100, 100, 99},
			Accepted: []uint64{100, 80, 60, 0}, Throttled: []uint64{0, 20, 20}, Refused: []uint64{0, 0, 17},
			Failed: []uint64{0, 0, 2}, Dropped: []uint64{0, 0, 1}, Late: []uint64{0, 4, 0},
			P50: []float64{1, 1, 2}, P99: []float64{5, 10, 1200},
			OtherP99: []float64{1, 2, 3}, HotP99: []float64{0, 10, 1200},
		},
		Devices: []loadgen.Device{
			{ID: "6c5f0a30-0000-4000-8000-00000000000a", Hot: true, Peak: 70, Throttled: 40, Width: 1, Offered: []uint32{61, 70, 31}},
			{ID: "<b>", Peak: 30, Width: 1, Offered: []uint32{30, 1}},
		},
		Types:        map[string]uint64{"users.messages.email.Open": 200, "users.behaviors.Purchase": 100},
		Conservation: &loadgen.Conservation{Expected: 240, Settled: 239, Lost: 1, Slack: 2, Waited: 30},
		Delivery:     &loadgen.Delivery{All: q(239, 20), Other: &other, Hot: &hot, Complete: true, OtherP99: []float64{1, 2, 3}, HotP99: []float64{30000, 0, 1}, Accepted: []uint64{90, 80, 69}, Throttled: []uint64{0, 20, 20}, Refused: []uint64{10, 0, 0}},
	}
}

func TestWriteTable(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := report.WriteTable(&got, summary()); err != nil {
		t.Fatal(err)
	}
	golden(t, "table.txt", got.Bytes())

	got.Reset()
	bad := summary()
	bad.Verdict, bad.Why, bad.Conservation = loadgen.Bottleneck, "9 of 10 requests left late", nil
	if err := report.WriteTable(&got, bad); err != nil {
		t.Fatal(err)
	}
	golden(t, "table-bottleneck.txt", got.Bytes())

	got.Reset()
	held := summary()
	held.Ledger = &loadgen.Ledger{Exporter: &loadgen.ExporterLedger{Held: 1}}
	if err := report.WriteTable(&got, held); err != nil {
		t.Fatal(err)
	}
	if want := "239 of 240 events after 30.0 s, 1 lost (the exporter still holds 1), 0 unexpected"; !strings.Contains(got.String(), want) {
		t.Errorf("the table lacks %q:\n%s", want, got.String())
	}
}

func TestWriteHTML_SelfContained(t *testing.T) {
	t.Parallel()
	page := html(t, summary())
	for _, loads := range []string{"<script", "src=", "@import", "url(", "<link rel=\"stylesheet\"", "xlink", "<iframe", "<img"} {
		if strings.Contains(page, loads) {
			t.Errorf("page contains %q: it must need nothing but itself", loads)
		}
	}
	if strings.Contains(page, "<of>") || strings.Contains(page, "<b><") {
		t.Error("a name or an id is in the page unescaped")
	}
	for _, want := range []string{"replay &lt;of&gt; the fixtures", "Delay of other and of hot devices", "…00000000000a", "239 of 240 expected events", "HTTP 429: 47 requests"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

// Charts are XML, and no line leaves its box.
func TestWriteHTML_Charts(t *testing.T) {
	t.Parallel()
	svgs := regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAllString(html(t, summary()), -1)
	if len(svgs) != 7 {
		t.Fatalf("page has %d charts, want 6 line charts and a heat map", len(svgs))
	}
	var lines, cells int
	for _, svg := range svgs {
		var drawing struct {
			Lines []struct {
				Points string `xml:"points,attr"`
			} `xml:"polyline"`
			Cells []struct {
				Class string `xml:"class,attr"`
			} `xml:"rect"`
		}
		if err := xml.Unmarshal([]byte(svg), &drawing); err != nil {
			t.Fatalf("chart is not XML: %v\n%s", err, svg)
		}
		for _, l := range drawing.Lines {
			lines++
			for pair := range strings.FieldsSeq(l.Points) {
				x, y, _ := strings.Cut(pair, ",")
				if inside(t, x, 800) && inside(t, y, 240) {
					continue
				}
				t.Errorf("point %s is outside of the chart", pair)
			}
		}
		for i, want := range []string{"h7", "h7", "h6", "h5", "h1", "h0"} {
			if len(drawing.Cells) > 0 && drawing.Cells[i].Class != want {
				t.Errorf("cell %d of the heat map is %s, want %s", i, drawing.Cells[i].Class, want)
			}
		}
		cells += len(drawing.Cells)
	}
	// One more than there are values over time: where there is no delay, a line ends.
	if lines != 19 || cells != 6 {
		t.Errorf("%d lines and %d cells, want 19 and 6", lines, cells)
	}
}

// An exporter answers before it delivers, so what it does to hot devices shows at
// Amplitude alone; a generator that was on time has no chart.
func TestWriteHTML_ChartsOfExporter(t *testing.T) {
	t.Parallel()
	s := summary()
	s.Plan.Kind, s.Sends.LateClock, s.Sends.LateSenders, s.Sends.Dropped = loadgen.Exporter, 0, 0, 0
	s.Scenario = &loadgen.ScenarioInfo{Name: "n", Actions: []loadgen.DoneAction{{Name: "fault <503>", Done: 2}}}
	page := html(t, s)
	// In the middle of four seconds, in each of the four charts.
	if n := strings.Count(page, `<line class="mark" x1="434.0" x2="434.0" y1="18" y2="212"><title>fault &lt;503&gt;</title>`); n != 4 {
		t.Errorf("the action is marked in %d charts, want 4", n)
	}
	for title, want := range map[string]bool{
		"Events at Amplitude": true, "Delay to Amplitude": true, "Delay of other and of hot devices": false, "<h2>Generator": false,
	} {
		if strings.Contains(page, title) != want {
			t.Errorf("page has %q: %v, want %v", title, !want, want)
		}
	}
}

func TestWriteHTML_EmptyRun(t *testing.T) {
	t.Parallel()
	page := html(t, &loadgen.Summary{Format: loadgen.SummaryFormat, Verdict: loadgen.Interrupted, Series: loadgen.Series{Width: 1}})
	if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("page of an empty run has numbers that are none")
	}
}

func TestWriteDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "report")
	h := hdrhistogram.New(1, 1000, 3)
	_ = h.RecordValue(5)
	if err := report.WriteDir(dir, summary(), &loadgen.Result{Intended: h, Service: h}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"latency-intended.hgrm", "latency-send.hgrm", "report.html", "summary.json"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	hgrm, _ := os.ReadFile(filepath.Join(dir, "latency-send.hgrm"))
	if !strings.Contains(string(hgrm), "0.005") || !strings.Contains(string(hgrm), "Percentile") {
		t.Errorf("5 us are not 0.005 ms in %s", hgrm)
	}
	f, err := os.Open(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := report.ReadJSON(f)
	if err != nil {
		t.Fatalf("read back: %v", err)
	}
	if diff := cmp.Diff(summary(), got); diff != "" {
		t.Errorf("summary.json (-written +read):\n%s", diff)
	}
}

func html(tb testing.TB, s *loadgen.Summary) string {
	tb.Helper()
	var b strings.Builder
	if err := report.WriteHTML(&b, s); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func inside(tb testing.TB, number string, limit float64) bool {
	tb.Helper()
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return v >= 0 && v <= limit
}

func golden(tb testing.TB, name string, got []byte) {
	tb.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
