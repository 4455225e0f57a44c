package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
)

// progress prints how far a run is: in one line of a terminal that is kept up to
// date, or elsewhere in a line for each tenth.
type progress struct {
	out         io.Writer
	interactive bool
	tenths      int // of the run that have been printed
}

const clearLine = "\r\x1b[K"

// begin prints what is going to happen, how long it may take, and why that is long.
func (p *progress) begin(profile specs.Profile, selected int, limit time.Duration, timings specs.Timings) {
	why := ""
	if limit == profile.Budget(timings) && limit > profile.Budget(shortPauses) {
		why = ": most of it is pauses of the exporter; configure it to short ones, and name them as timings in the subject file"
	}
	fmt.Fprintf(p.out, "%s profile, %s, %v, at most %s%s\n", profile, plural.Of(selected, "requirement"), fixtures.Currents(), limit, why)
}

// shortPauses are pauses that make no run longer.
var shortPauses = specs.Timings{ThrottlePause: time.Second, QuotaPause: time.Second, KeyProbe: time.Second}

func (p *progress) line(done, total int, id string) {
	if p.interactive {
		fmt.Fprintf(p.out, "%s[%d/%d] %s", clearLine, done+1, total, id)
		return
	}
	const all = 10
	if tenths := done * all / max(total, 1); tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.out, "%d of %s judged\n", done, plural.Of(total, "requirement"))
	}
}

// end prints the last line, unless the run ended before all was judged.
func (p *progress) end(r report.Results) {
	notRun := func(row report.Row) bool { return row.Outcome == report.NotRun }
	if total := len(r.Requirements); !p.interactive && !slices.ContainsFunc(r.Requirements, notRun) {
		fmt.Fprintf(p.out, "%d of %s judged\n", total, plural.Of(total, "requirement"))
	}
}

func (p *progress) clear() {
	if p.interactive {
		fmt.Fprint(p.out, clearLine)
	}
}
