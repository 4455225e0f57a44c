package coverage

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/printable"
)

// WriteTable writes a line for each behavior that was met, and what they come to.
func (c Coverage) WriteTable(w io.Writer) error {
	w = printable.Writer(w)
	line := func(name, known, requests, judged, does string) error {
		_, err := fmt.Fprintf(w, "%-25s  %-9s  %8s  %12s  %s\n", name, known, requests, judged, does)
		return err
	}
	if err := line("BEHAVIOR", "KNOWN", "REQUESTS", "REQUIREMENTS", "THE SIMULATOR DOES"); err != nil {
		return err
	}
	for _, row := range c.Met {
		judged := "-"
		if c.Judged > 0 {
			judged = strconv.Itoa(len(row.Requirements))
		}
		if err := line(row.Name, row.Known, strconv.Itoa(row.Requests), judged, row.Does); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "\n", c.summary())
	return err
}

func (c Coverage) summary() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s: %s met %s: %d measured, %d published, %d guesses; %d not met, %d cannot be seen in a recording\n",
		cmp.Or(c.Exporter, "this exporter"), plural.Of(c.Uploads, "request"), plural.Of(len(c.Met), "behavior"), c.Count(Measured), c.Count(Published), c.Count(Guess), len(c.NotMet), len(c.Unseen))
	if c.Judged > 0 {
		fmt.Fprintf(&t, "%d of %s judged by traffic that met a guess\n", c.OnGuesses, plural.Of(c.Judged, "requirement"))
	}
	if c.Count(Guess) > 0 {
		t.WriteString("Where each is known from: amplitude-simulator fidelity. To settle guesses with a project of your own: amplitude-simulator calibrate\n")
	}
	return t.String()
}
