// Package coverage finds out which behaviors of the simulator's fidelity table the traffic
// of an exporter met, and which verdicts were derived from that traffic.
package coverage

import (
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/report"
)

// Values of Behavior.Known, the ones to look at first.
const (
	Guess     = "guess"
	Published = "published"
	Measured  = "measured"
)

// Behavior is a row of the fidelity table.
type Behavior struct {
	Name string `json:"name"`
	// Known is "measured" at the real service, "published" by a page or a quoted answer, or
	// a "guess".
	Known string `json:"known"`
	// Does is the value in force.
	Does   string `json:"does"`
	Source string `json:"source"`
}

// Recording is what the simulator saw of an exporter.
type Recording struct {
	Name     string
	Requests []control.Request
	Events   []control.Event
}

// Row is a behavior with the traffic that met it.
type Row struct {
	Behavior
	// MetBy says which traffic meets the behavior. It is empty if a recording cannot show
	// that; Unseen then says why.
	MetBy  string `json:"met_by,omitempty"`
	Unseen string `json:"unseen,omitempty"`
	// Requests is how many requests met the behavior, Recordings are the ones with these.
	Requests   int      `json:"requests"`
	Recordings []string `json:"recordings,omitempty"`
	// Requirements were judged by these recordings.
	Requirements []string `json:"requirements,omitempty"`
}

// Coverage is which behaviors were met, in the order of the table, guesses first.
type Coverage struct {
	// Exporter is its name, empty if the recording has none.
	Exporter string `json:"exporter,omitempty"`
	// Uploads is the number of requests that were looked at.
	Uploads int `json:"uploads"`
	// Judged counts the requirements with a verdict, OnGuesses those of them that were judged
	// by a recording in which a guess was met.
	Judged    int `json:"judged,omitempty"`
	OnGuesses int `json:"on_guesses,omitempty"`
	// NotRun counts the requirements that the run was stopped before.
	NotRun int `json:"not_run,omitempty"`
	// Met, NotMet and Unseen divide the table.
	Met    []Row `json:"met"`
	NotMet []Row `json:"not_met"`
	Unseen []Row `json:"unseen"`
}

// Of returns which rows of the table the recordings met. Verdicts are what was derived from
// them. Optional.
func Of(table []Behavior, recordings []Recording, verdicts []report.Row) Coverage {
	c := Coverage{Met: []Row{}, NotMet: []Row{}, Unseen: []Row{}} // never null in JSON
	all := make([][]exchange, len(recordings))
	for i, r := range recordings {
		all[i] = exchanges(r)
		c.Uploads += len(all[i])
	}
	for _, b := range ordered(table) {
		row := Row{Behavior: b, MetBy: signs[b.Name].met, Unseen: unseen[b.Name]}
		if row.Unseen != "" {
			c.Unseen = append(c.Unseen, row)
			continue
		}
		for i, r := range recordings {
			if n := count(all[i], signs[b.Name].seen); n > 0 {
				row.Requests += n
				row.Recordings = append(row.Recordings, r.Name)
			}
		}
		if row.Requests == 0 {
			c.NotMet = append(c.NotMet, row)
			continue
		}
		row.Requirements = judgedBy(verdicts, row.Recordings)
		c.Met = append(c.Met, row)
	}
	return c.withVerdicts(verdicts)
}

// ordered is the table with guesses first, then what is published.
func ordered(table []Behavior) []Behavior {
	rank := map[string]int{Guess: 0, Published: 1, Measured: 2}
	return slices.SortedStableFunc(slices.Values(table), func(a, b Behavior) int { return rank[a.Known] - rank[b.Known] })
}

func count(all []exchange, seen func(exchange) bool) int {
	n := 0
	for _, x := range all {
		if seen != nil && seen(x) {
			n++
		}
	}
	return n
}

// judgedBy are the requirements with a verdict from one of the recordings.
func judgedBy(verdicts []report.Row, recordings []string) []string {
	var ids []string
	for _, v := range verdicts {
		if decided(v) && slices.ContainsFunc(v.Recordings, func(name string) bool { return slices.Contains(recordings, name) }) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

func decided(v report.Row) bool { return v.Outcome == report.Pass || v.Outcome == report.Fail }

// withVerdicts returns the coverage with the verdicts counted.
func (c Coverage) withVerdicts(verdicts []report.Row) Coverage {
	on := map[string]bool{}
	for _, row := range c.Met {
		if row.Known == Guess {
			for _, id := range row.Requirements {
				on[id] = true
			}
		}
	}
	for _, v := range verdicts {
		switch {
		case decided(v):
			c.Judged++
		case v.Outcome == report.NotRun:
			c.NotRun++
		}
	}
	c.OnGuesses = len(on)
	return c
}

// Count is the number of behaviors met that are known that well.
func (c Coverage) Count(known string) int {
	n := 0
	for _, row := range c.Met {
		if row.Known == known {
			n++
		}
	}
	return n
}
