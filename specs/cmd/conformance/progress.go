package main

import (
	"fmt"
	"io"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs"
)

// progress prints how far a run is: in one line of a terminal that is kept up to
// date, or elsewhere in a line for each tenth.
type progress struct {
	out         io.Writer
	interactive bool
	tenths      int // of the run that have been printed
}

const clearLine = "\r\x1b[K"

// begin prints what is going to happen and how long it may take.
func (p *progress) begin(profile specs.Profile, selected int, budget time.Duration) {
	fmt.Fprintf(p.out, "%s profile, %d requirements, %v, at most %s\n", profile, selected, fixtures.Currents(), budget)
}

func (p *progress) line(done, total int, id string) {
	if p.interactive {
		fmt.Fprintf(p.out, "%s[%d/%d] %s", clearLine, done+1, total, id)
		return
	}
	const all = 10
	if tenths := done * all / max(total, 1); tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.out, "%d of %d requirements judged\n", done, total)
	}
}

func (p *progress) clear() {
	if p.interactive {
		fmt.Fprint(p.out, clearLine)
	}
}
