package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/ammeter/ammeter/internal/printable"
)

// WriteTable writes a line for each requirement that was judged, and the summary, which has
// the number of those that were not run, and how the exporter died, if it did. A width above
// zero cuts the evidence so that a line fits.
func (r Results) WriteTable(w io.Writer, width int) error {
	w = printable.Writer(w)
	idWidth, wordWidth := len("REQUIREMENT"), len("VERDICT")
	for _, row := range r.Requirements {
		idWidth, wordWidth = max(idWidth, len(row.ID)), max(wordWidth, len(verdictWord(row)))
	}
	line := func(id, level, verdict, evidence string) error {
		head := fmt.Sprintf("%-*s  %-6s  %-*s  ", idWidth, id, level, wordWidth, verdict)
		_, err := fmt.Fprintln(w, strings.TrimRight(head+cut(printable.Line(evidence), width-len(head)), " "))
		return err
	}
	if err := line("REQUIREMENT", "LEVEL", "VERDICT", "EVIDENCE"); err != nil {
		return err
	}
	for _, row := range r.Requirements {
		if row.Outcome == NotRun { // of an exporter that does not start, all but one
			continue
		}
		if err := line(row.ID, string(row.Level), verdictWord(row), row.Evidence); err != nil {
			return err
		}
	}
	if err := r.writeDeaths(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s: %s (seed %d, %.1fs)\n",
		r.title(), r.Summary(), r.Seed, r.Seconds)
	return err
}

// verdictWord writes failures in capitals, so that they stand out in a long column, unless they
// are known.
func verdictWord(row Row) string {
	if row.KnownFailing && row.Outcome == Fail {
		return "known to fail"
	}
	switch o := row.Outcome; o {
	case Fail, Error:
		return strings.ToUpper(string(o))
	case NotRun:
		return "not run"
	case NotClaimed, NotArisen, NotObservable:
		return "-"
	case Pass, Skip:
		return string(o)
	default:
		return string(o)
	}
}

func cut(s string, width int) string {
	const least = 20
	if width < least || utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-3]) + "..."
}
