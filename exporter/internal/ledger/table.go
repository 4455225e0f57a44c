package ledger

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// WriteTable writes the counts for a person: one line per column and reason, and
// whether they add up.
func (c Counts) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, n int64) { fmt.Fprintf(t, "%s\t%d\t\n", name, n) }
	reasons := func(name string, column map[string]int64) {
		row(name, sum(column))
		for _, reason := range slices.Sorted(maps.Keys(column)) {
			row(reason, column[reason])
		}
	}
	row("read", c.Read)
	row("accepted", c.Accepted)
	reasons("dropped", c.Dropped)
	reasons("dead-lettered", c.DeadLettered)
	row("held", c.Held)
	if len(c.Faults) > 0 {
		reasons("sent with faults", c.Faults)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	verdict := "the ledger adds up"
	if !c.Balanced() {
		verdict = "THE LEDGER DOES NOT ADD UP"
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}
