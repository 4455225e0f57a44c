package calibrate

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// words are the verdicts as the table has them.
var words = map[Verdict]string{
	Default: "as the default", Alternative: "as alternative", Differs: "something else",
	NotObservable: "not observable", NotMade: "not made as meant", Failed: "the call failed", NotAsked: "not asked",
}

// Write prints the table: the observations, then what was not observed and why.
func (c *Calibration) Write(w io.Writer) error {
	var text strings.Builder
	known := map[string]fidelity.Known{}
	for _, row := range (fidelity.Behavior{}).Rows() {
		known[row.Name] = row.Known
	}
	for _, verdicts := range [][]Verdict{{Differs, Alternative}, {Default}, {NotMade, Failed}, {NotObservable, NotAsked}} {
		for _, r := range c.Rows {
			if !slices.Contains(verdicts, r.Verdict) {
				continue
			}
			about := r.Value
			if r.Why != "" {
				about = r.Why
			}
			fmt.Fprintf(&text, "%-25s %-9s  %-17s  %s\n", r.Name, known[r.Name], words[r.Verdict], printable.Line(about))
			if r.WouldShow != "" {
				fmt.Fprintf(&text, "%56s%s\n", "would show: ", printable.Line(r.WouldShow))
			}
		}
	}
	fmt.Fprintf(&text, "\n%s\n", c.Summary())
	if c.Stopped != "" {
		fmt.Fprintf(&text, "The run was stopped: %s. What it had seen until then is kept.\n", c.Stopped)
	}
	fmt.Fprintf(&text, "%d requests, %d events accepted. They stay in the project, at the device %s and those whose ids begin with it.\n",
		c.Requests, c.Events, c.Device)
	var masked []string
	for _, kind := range slices.Sorted(maps.Keys(c.Masked)) {
		masked = append(masked, fmt.Sprintf("%s %d times", kind, c.Masked[kind]))
	}
	fmt.Fprintf(&text, "Masked in the evidence: %s.\n", cmp.Or(strings.Join(masked, ", "), "nothing"))
	_, err := io.WriteString(w, text.String())
	return err
}

// Summary counts the verdicts.
func (c *Calibration) Summary() string {
	counts := map[Verdict]int{}
	for _, r := range c.Rows {
		counts[r.Verdict]++
	}
	var parts []string
	for _, v := range []Verdict{Default, Alternative, Differs, NotObservable, NotMade, Failed, NotAsked} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], words[v]))
		}
	}
	return fmt.Sprintf("%d rows: %s.", len(c.Rows), strings.Join(parts, ", "))
}
