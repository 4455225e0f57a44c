package console

import (
	"fmt"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// chart is a picture of events a second, the latest on the right. Its units are a second
// and an event, and it stands on its y axis: a page turns it.
type chart struct {
	Top   int // events that the height stands for
	Limit int // events a second that are allowed; 0 for no limit
	Bars  []bar
}

// bar is a second of a chart.
type bar struct {
	Title string // in words
	Parts []part
}

// part is the events of a second that had an outcome.
type part struct {
	Outcome   control.Outcome
	Y, Events int
}

// newChart draws seconds, the oldest first.
func newChart(seconds [][outcome.Count]int, limit int) chart {
	c := chart{Top: max(1, limit+(limit+3)/4), Limit: limit}
	for _, events := range seconds {
		sum := 0
		for _, n := range events {
			sum += n
		}
		c.Top = max(c.Top, sum)
	}
	for i, events := range seconds {
		b, y := bar{Title: fmt.Sprintf("%d s ago:", len(seconds)-1-i)}, 0
		for o, n := range events {
			if n > 0 {
				name := outcome.Outcome(o).Name()
				b.Title += fmt.Sprintf(" %s %s", num(n), name)
				b.Parts = append(b.Parts, part{name, y, n})
				y += n
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}
