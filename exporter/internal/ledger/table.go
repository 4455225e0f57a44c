package ledger

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteTable writes the counts for a person: one line per column, the reasons
// below it, and whether they add up.
func (c Counts) WriteTable(w io.Writer) error {
	var t strings.Builder
	row := func(name string, n int64) { fmt.Fprintf(&t, "%-32s%12d\n", name, n) }
	reasons := func(name string, column map[string]int64) {
		row(name, sum(column))
		for _, reason := range slices.Sorted(maps.Keys(column)) {
			row("  "+reason, column[reason])
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
	if c.Balanced() {
		t.WriteString("The ledger adds up.\n")
	} else {
		t.WriteString("THE LEDGER DOES NOT ADD UP.\n")
	}
	_, err := io.WriteString(w, t.String())
	return err
}
