package report

import (
	"fmt"
	"io"
	"strings"
)

// Death is how an exporter ended that was to run, or that did not end well with its input.
type Death struct {
	// How is the exit code or the signal.
	How string `json:"how"`
	// LastLines are the last lines that it printed, without secrets, and with control
	// characters written as escapes.
	LastLines []string `json:"last_lines,omitempty"`
	// During is what it was given and had not answered; empty: nothing.
	During string `json:"during,omitempty"`
	// Post is the beginning of the post it was given.
	Post string `json:"post,omitempty"`
}

// String is the death in a line.
func (d Death) String() string {
	text := d.How
	if d.During != "" {
		text += ", during " + d.During
	}
	if n := len(d.LastLines); n > 0 {
		text += "; its last line: " + d.LastLines[n-1]
	}
	return text
}

// death is that of a recording.
type death struct {
	Recording    string
	Requirements []string // that were judged by it
	Death
}

// deaths are those of the recordings, in their order.
func (r Results) deaths() []death {
	var all []death
	for _, recording := range r.Recordings {
		if recording.Death != nil {
			all = append(all, death{recording.Name, r.judgedBy(recording.Name), *recording.Death})
		}
	}
	return all
}

// writeDeaths shows the first deaths: what kills an exporter once often kills it each time.
func (r Results) writeDeaths(w io.Writer) error {
	const shown, post = 2, 300
	all := r.deaths()
	var text strings.Builder
	for _, d := range all[:min(shown, len(all))] {
		fmt.Fprintf(&text, "\nIt died in recording %s: %s", d.Recording, d.How)
		if d.During != "" {
			fmt.Fprintf(&text, ", during %s", d.During)
		}
		text.WriteString("\n")
		if d.Post != "" {
			fmt.Fprintf(&text, "  the post: %s\n", clipped(d.Post, post))
		}
		if len(d.LastLines) == 0 {
			text.WriteString("  It had printed nothing.\n")
		}
		for _, l := range d.LastLines {
			fmt.Fprintf(&text, "  | %s\n", l)
		}
	}
	if more := len(all) - shown; more > 0 {
		fmt.Fprintf(&text, "\nIt died in %d more recordings: see results.json or report.html (--report-dir).\n", more)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
