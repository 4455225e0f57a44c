package report

import (
	"fmt"
	"regexp"
	"slices"
)

// area is a part of the catalog, with how many of its requirements do not hold.
type area struct {
	Name         string
	All, Failing int
}

func (a area) String() string {
	if a.Failing == 0 {
		return fmt.Sprintf("%s (%d)", a.Name, a.All)
	}
	return fmt.Sprintf("%s (%d, %d do not hold)", a.Name, a.All, a.Failing)
}

// areas are those of the requirements, in their order.
func (r Results) areas() []area {
	var all []area
	for _, row := range r.Requirements {
		i := slices.IndexFunc(all, func(a area) bool { return a.Name == row.Area })
		if i < 0 {
			i = len(all)
			all = append(all, area{Name: row.Area})
		}
		all[i].All++
		if row.failed() {
			all[i].Failing++
		}
	}
	return all
}

// failed reports whether the requirement does not hold, or could not be judged for an error.
func (row Row) failed() bool { return row.Outcome == Fail || row.Outcome == Error }

// judgedBy returns the requirements that were judged by a recording.
func (r Results) judgedBy(recording string) []string {
	var ids []string
	for _, row := range r.Requirements {
		if slices.Contains(row.Recordings, recording) {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// part is a piece of a text. With an ID it is the name of a requirement of the report.
type part struct{ Text, ID string }

var requirementID = regexp.MustCompile(`\b[A-Z]+-[0-9]{3}\b`)

// Linked cuts a text into parts, so that requirements it names can be links.
func (v view) Linked(text string) []part {
	var parts []part
	at := 0
	for _, found := range requirementID.FindAllStringIndex(text, -1) {
		id := text[found[0]:found[1]]
		if !slices.ContainsFunc(v.Requirements, func(row Row) bool { return row.ID == id }) {
			continue
		}
		parts = append(parts, part{Text: text[at:found[0]]}, part{Text: id, ID: id})
		at = found[1]
	}
	return append(parts, part{Text: text[at:]})
}
