package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/loadgen"
)

// Change says how something differs between two runs.
type Change string

// How things change.
const (
	Better      Change = "better"
	Worse       Change = "worse"
	Appeared    Change = "appeared"    // in the second run only
	Disappeared Change = "disappeared" // in the first run only
	Differs     Change = "differs"     // neither better nor worse
)

// Difference is one thing that is not the same in two runs.
type Difference struct {
	Change Change `json:"change"`
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Broke reports a threshold that does not hold any more.
	Broke bool `json:"broke,omitempty"`
}

// Diff is what differs between two runs.
type Diff struct {
	Before      string       `json:"before"`
	After       string       `json:"after"`
	Differences []Difference `json:"differences"`
}

// Broke counts the thresholds that do not hold in the second run and did in the first, or
// were not there.
func (d *Diff) Broke() (n int) {
	for _, x := range d.Differences {
		if x.Broke {
			n++
		}
	}
	return n
}

// noise is the least factor between two durations that counts as a change, and floor the
// shortest time in milliseconds that is told apart from none: two runs of the same
// program differ by less.
const (
	noise = 1.25
	floor = 5.0
)

// Compare compares two summaries. The names are shown for them.
func Compare(beforeName, afterName string, before, after *loadgen.Summary) *Diff {
	d := &Diff{Before: beforeName, After: afterName, Differences: []Difference{}}
	d.text("scenario", before.Plan.Name, after.Plan.Name)
	d.text("seed", decimal(before.Plan.Seed), decimal(after.Plan.Seed))
	d.thresholds(before.Goals, after.Goals)
	d.verdict(before.Verdict, after.Verdict)
	d.deaths(before.Deaths, after.Deaths)
	d.counts(before, after)
	d.delays(before, after)
	d.kinds("answers ", before.Statuses, after.Statuses)
	d.kinds("errors ", before.Errors, after.Errors)
	return d
}

func (d *Diff) add(change Change, name, before, after string) {
	d.Differences = append(d.Differences, Difference{Change: change, Name: name, Before: before, After: after})
}

func (d *Diff) text(name, before, after string) {
	if before != after {
		d.add(Differs, name, before, after)
	}
}

func (d *Diff) thresholds(before, after []loadgen.Goal) {
	earlier := map[string]loadgen.Goal{}
	for _, g := range before {
		earlier[g.Threshold] = g
	}
	shown := func(g loadgen.Goal) string {
		if g.Holds {
			return "holds: " + g.Measured
		}
		return "broken: " + g.Measured
	}
	for _, g := range after {
		was, known := earlier[g.Threshold]
		delete(earlier, g.Threshold)
		name := "threshold " + g.Threshold
		switch {
		case !known:
			d.add(Appeared, name, "", shown(g))
		case was.Holds && !g.Holds:
			d.add(Worse, name, shown(was), shown(g))
		case !was.Holds && g.Holds:
			d.add(Better, name, shown(was), shown(g))
		}
		if !g.Holds && (!known || was.Holds) {
			d.Differences[len(d.Differences)-1].Broke = true
		}
	}
	for _, threshold := range slices.Sorted(maps.Keys(earlier)) {
		d.add(Disappeared, "threshold "+threshold, shown(earlier[threshold]), "")
	}
}

func (d *Diff) verdict(before, after loadgen.Verdict) {
	change := Differs
	switch {
	case before == after:
		return
	case after == loadgen.Valid:
		change = Better
	case before == loadgen.Valid:
		change = Worse
	}
	d.add(change, "verdict", string(before), string(after))
}

func (d *Diff) deaths(before, after []loadgen.Death) {
	how := func(all []loadgen.Death) map[string]string {
		m := map[string]string{}
		for _, death := range all {
			m[death.Program] = death.How
		}
		return m
	}
	was, is := how(before), how(after)
	d.members("death of the ", was, is, Worse, Better)
	for _, program := range slices.Sorted(maps.Keys(is)) {
		if _, died := was[program]; died {
			d.text("death of the "+program, was[program], is[program])
		}
	}
}

// counts compares what must not be: less is better.
func (d *Diff) counts(before, after *loadgen.Summary) {
	less := func(name string, was, is uint64) {
		switch {
		case is > was:
			d.add(Worse, name, decimal(was), decimal(is))
		case is < was:
			d.add(Better, name, decimal(was), decimal(is))
		}
	}
	less("failed requests", before.Sends.Failed, after.Sends.Failed)
	if a, b := before.Conservation, after.Conservation; a != nil && b != nil {
		less("lost events", a.Lost, b.Lost)
		less("unexpected events", a.Unexpected, b.Unexpected)
	}
	if a, b := before.Ledger, after.Ledger; a != nil && b != nil {
		d.text("delivered events", decimal(a.Delivered), decimal(b.Delivered))
		less("duplicates at Amplitude", a.Duplicates, b.Duplicates)
		if a.Exporter != nil && b.Exporter != nil {
			d.kinds("dropped ", a.Exporter.Dropped, b.Exporter.Dropped)
			d.kinds("dead-lettered ", a.Exporter.DeadLettered, b.Exporter.DeadLettered)
		}
	}
}

// delays compares lengths of time: shorter is better, beyond what two runs of the same
// program differ by.
func (d *Diff) delays(before, after *loadgen.Summary) {
	shorter := func(name string, was, is float64) {
		switch a, b := math.Max(was, floor), math.Max(is, floor); {
		case b > a*noise:
			d.add(Worse, name, ms(was), ms(is))
		case a > b*noise:
			d.add(Better, name, ms(was), ms(is))
		}
	}
	shorter("latency p50", before.Latency.Intended.P50, after.Latency.Intended.P50)
	shorter("latency p99", before.Latency.Intended.P99, after.Latency.Intended.P99)
	a, b := before.Delivery, after.Delivery
	if a == nil || b == nil {
		return
	}
	shorter("delay to Amplitude p50", a.All.P50, b.All.P50)
	shorter("delay to Amplitude p99", a.All.P99, b.All.P99)
	if a.Other != nil && b.Other != nil {
		shorter("delay of other devices p99", a.Other.P99, b.Other.P99)
		shorter("delay of hot devices p99", a.Hot.P99, b.Hot.P99)
	}
}

// kinds compares counts by name. What is in one run alone appeared or disappeared; other
// numbers differ from run to run.
func (d *Diff) kinds(prefix string, before, after map[string]uint64) {
	shown := func(counts map[string]uint64) map[string]string {
		m := map[string]string{}
		for name, n := range counts {
			m[name] = decimal(n)
		}
		return m
	}
	d.members(prefix, shown(before), shown(after), Appeared, Disappeared)
}

// members adds what is in one run alone.
func (d *Diff) members(prefix string, before, after map[string]string, appeared, gone Change) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, was := before[name]; !was {
			d.add(appeared, prefix+name, "", after[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, is := after[name]; !is {
			d.add(gone, prefix+name, before[name], "")
		}
	}
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// WriteText writes the differences for a reader at a terminal.
func (d *Diff) WriteText(w io.Writer) error {
	t := &table{w: w}
	t.line("%s -> %s", d.Before, d.After)
	for _, x := range d.Differences {
		t.line("  %-12s%-45s %s", x.mark(), x.Name, x.values())
	}
	if len(d.Differences) == 0 {
		t.line("  nothing differs")
	}
	return t.err
}

// WriteMarkdown writes a table for a pull request.
func (d *Diff) WriteMarkdown(w io.Writer) error {
	t := &table{w: w}
	t.line("**%s → %s**", markdown(d.Before), markdown(d.After))
	t.line("")
	if len(d.Differences) == 0 {
		t.line("Nothing differs.")
		return t.err
	}
	t.line("| change | what | before | after |")
	t.line("|---|---|---|---|")
	for _, x := range d.Differences {
		t.line("| %s | %s | %s | %s |", x.mark(), markdown(x.Name), markdown(x.Before), markdown(x.After))
	}
	return t.err
}

// WriteJSON writes the differences, indented.
func (d *Diff) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

func (x Difference) mark() string {
	if x.Broke {
		return "BROKE"
	}
	return string(x.Change)
}

func (x Difference) values() string {
	switch {
	case x.Before == "":
		return x.After
	case x.After == "":
		return "was " + x.Before
	}
	return fmt.Sprintf("%s -> %s", x.Before, x.After)
}

// markdown escapes what ends a cell or begins markup.
func markdown(s string) string {
	return strings.NewReplacer(
		"\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "&", "&amp;", "*", "\\*", "`", "\\`", "[", "\\[", "\n", " ",
	).Replace(s)
}
