package ledger

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
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
	if c.NotIngested != 0 {
		row("not ingested by Amplitude", c.NotIngested)
	}
	reasons("dropped", c.Dropped)
	reasons("dead-lettered", c.DeadLettered)
	row("held", c.Held)
	if c.Unaccounted > 0 {
		row("unaccounted for", c.Unaccounted)
	}
	for _, column := range []struct {
		name    string
		byWhich map[string]int64
	}{
		{"sent with faults", c.Faults},
		{"of unknown types", c.Unknown},
		{"of types not exported", c.NotExported},
		{"expired with the API key", c.Expired},
		{"dead letters not kept", c.Unkept},
	} {
		if len(column.byWhich) > 0 {
			reasons(column.name, column.byWhich)
		}
	}
	if c.UncountedLosses > 0 {
		row("damaged places, loss unknown", c.UncountedLosses)
	}
	switch {
	case !c.Balanced():
		t.WriteString("THE LEDGER DOES NOT ADD UP.\n")
	case c.UncountedLosses > 0:
		t.WriteString("THE LEDGER IS NOT COMPLETE: damaged places of inputs or of the queue held an unknown number of events.\n")
	case c.Unaccounted > 0:
		fmt.Fprintf(&t, "It is not known what became of %s: the record was lost with damaged files of the queue.\n", plural.Of(c.Unaccounted, "event"))
	default:
		t.WriteString("The ledger adds up.\n")
	}
	_, err := io.WriteString(w, t.String())
	return err
}
