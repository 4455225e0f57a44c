package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"

	"github.com/ammeter/ammeter/loadgen"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"ms": ms, "number": number}).Parse(page))

// WriteHTML writes the summary as one page: style and charts are in the file,
// there is no script, and nothing is loaded from anywhere.
func WriteHTML(w io.Writer, s *loadgen.Summary) error {
	if err := pageTemplate.Execute(w, view(s)); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

type pageView struct {
	*loadgen.Summary
	Valid     bool
	Shown     []shownGoal // the thresholds
	About     glossary
	Charts    []chart
	Heat      template.HTML
	HeatShown int
	Rows      []latencyRow
	Codes     []count
	Faults    []count
	ByType    []count
	Ends      []count // what both ends counted
}

type latencyRow struct {
	Name, Note string
	loadgen.Quantiles
}

type count struct {
	Name string
	N    uint64
}

func view(s *loadgen.Summary) pageView {
	v := pageView{
		Summary: s, Valid: s.Verdict == loadgen.Valid,
		Charts: charts(s),
		Codes:  sorted(s.Statuses), Faults: sorted(s.Errors), ByType: sorted(s.Types),
		Rows: []latencyRow{
			{"from intended", "since the request was due: what a sender at this rate sees", s.Latency.Intended},
			{"from send", "since its first byte", s.Latency.Service},
		},
	}
	if s.Latency.Other != nil {
		v.Rows = append(v.Rows, latencyRow{"other devices", "from intended", *s.Latency.Other})
	}
	if s.Latency.Hot != nil {
		v.Rows = append(v.Rows, latencyRow{"hot devices", "from intended", *s.Latency.Hot})
	}
	if d := s.Delivery; d != nil {
		v.Rows = append(v.Rows, latencyRow{"to Amplitude", "from intended to the simulator's acceptance, by event", d.All})
		if d.Hot != nil {
			v.Rows = append(v.Rows, latencyRow{"… other devices", "", *d.Other}, latencyRow{"… hot devices", "", *d.Hot})
		}
	}
	v.Rows = append(v.Rows, latencyRow{"schedule error", "how late requests left: the generator's own fault", s.Latency.ScheduleError})
	v.Ends = ends(s)
	v.Shown, v.About = shownGoals(s.Goals)
	if len(s.Devices) > 0 {
		v.Heat, v.HeatShown = heatMap(s), min(heatRows, len(s.Devices))
	}
	return v
}

// charts are in the order in which they show a run: what arrived in the end,
// then what the target answered, then the generator if it was at fault.
func charts(s *loadgen.Summary) []chart {
	t := s.Series
	rate := func(counts []uint64) []float64 {
		out := make([]float64, len(counts))
		for i, n := range counts {
			out[i] = float64(n) / t.Width
		}
		return out
	}
	all := []chart{{Title: "Events", Unit: "events/s, by the answers of the target", width: t.Width, Lines: shown([]line{
		{"offered", "offered", rate(t.Offered)},
		{"sent", "sent", rate(t.Sent)},
		{"accepted", "accepted", rate(t.Accepted)},
		{"throttled", "throttled", rate(t.Throttled)},
		{"refused", "refused", rate(t.Refused)},
		{"failed", "failed", rate(t.Failed)},
	})}}
	if d := s.Delivery; d != nil {
		all = append(all, chart{
			Title: "Events at Amplitude", Unit: "events/s, by the answers of the simulator; each refusal of an event counts", width: t.Width,
			Lines: shown([]line{
				{"offered", "offered", rate(t.Offered)},
				{"accepted", "accepted", rate(d.Accepted)},
				{"throttled", "throttled", rate(d.Throttled)},
				{"refused", "refused", rate(d.Refused)},
			}),
		}, chart{
			Title: "Delay to Amplitude", Unit: "p99 by when events were due, from then to acceptance, logarithmic",
			width: t.Width, zoom: true, Lines: byClass(d.OtherP99, d.HotP99, d.Hot != nil),
		})
	}
	all = append(all, chart{
		Title: "Delay to the answer", Unit: "from the intended time, logarithmic", width: t.Width, zoom: true,
		Lines: []line{{"p50", "sent", t.P50}, {"p99", "accepted", t.P99}},
	})
	// An exporter answers before it delivers: it cannot treat them differently here.
	if s.Latency.Hot != nil && s.Plan.Kind == loadgen.Amplitude {
		all = append(all, chart{
			Title: "Delay of other and of hot devices", Unit: "p99 from the intended time to the answer, logarithmic",
			width: t.Width, zoom: true, Lines: byClass(t.OtherP99, t.HotP99, true),
		})
	}
	if s.Sends.Late()+s.Sends.Dropped > 0 {
		all = append(all, chart{
			Title: "Generator", Unit: "late requests/s and dropped events/s", width: t.Width,
			Lines: []line{{"late", "throttled", rate(t.Late)}, {"dropped", "failed", rate(t.Dropped)}},
		})
	}
	var marks []mark
	if s.Scenario != nil {
		for _, a := range s.Scenario.Actions {
			marks = append(marks, mark{a.Name, a.Done})
		}
	}
	return aligned(all, marks)
}

func byClass(other, hot []float64, both bool) []line {
	lines := []line{{"other devices", "accepted", other}, {"hot devices", "throttled", hot}}
	if !both {
		return []line{{"all", "accepted", other}}
	}
	return lines
}

// shown leaves out what did not happen, but for the first two.
func shown(lines []line) []line {
	kept := slices.Clone(lines[:2])
	for _, l := range lines[2:] {
		if slices.Max(append([]float64{0}, l.values...)) > 0 {
			kept = append(kept, l)
		}
	}
	return kept
}

// ends lists the ledger of the exporter and what the simulator saw.
func ends(s *loadgen.Summary) []count {
	var all []count
	add := func(prefix string, counts []count) {
		for _, c := range counts {
			all = append(all, count{prefix + c.Name, c.N})
		}
	}
	if s.Ledger != nil && s.Ledger.Exporter != nil {
		x := s.Ledger.Exporter
		add("exporter: ", []count{{"read", x.Read}, {"accepted", x.Accepted}, {"held", x.Held}})
		add("exporter: dropped, ", sorted(x.Dropped))
		add("exporter: dead-lettered, ", sorted(x.DeadLettered))
		add("exporter: faults, ", sorted(x.Faults))
	}
	if s.Amplitude != nil {
		add("amplitude: ", []count{{"requests", s.Amplitude.Requests}, {"events", s.Amplitude.Events}})
		add("amplitude: requests answered ", sorted(s.Amplitude.Statuses))
		add("amplitude: events ", sorted(s.Amplitude.Outcomes))
	}
	return all
}

func sorted(m map[string]uint64) []count {
	var out []count
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, count{name, m[name]})
	}
	return out
}
