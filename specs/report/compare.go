package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Comparison is what changed from one report to another. Requirements whose outcome is the
// same are not in it.
type Comparison struct {
	Old Assessment `json:"old"`
	New Assessment `json:"new"`
	// Worse are requirements that hold no longer, or held and are no longer claimed; Better
	// are those that hold now.
	Worse  []Change `json:"worse"`
	Better []Change `json:"better"`
	// Changed are the others that both reports have: what is no longer shown, or does not
	// hold in another way.
	Changed []Change `json:"changed"`
	// Appeared and Gone are requirements that one report has.
	Appeared []Change `json:"appeared"`
	Gone     []Change `json:"gone"`
	// Notes say where the second run shows less than the first.
	Notes []string `json:"notes,omitempty"`
}

// Change is a requirement with two outcomes. One of them is empty if one report has it.
type Change struct {
	ID    string            `json:"id"`
	Level requirement.Level `json:"level"`
	Was   Outcome           `json:"was,omitempty"`
	Is    Outcome           `json:"is,omitempty"`
	// Evidence is that of the new report, or of the old one if that alone has it.
	Evidence string `json:"evidence"`
}

// Compare compares two reports, requirement by requirement, in the order of the catalog.
func Compare(before, after Results) Comparison {
	c := Comparison{Old: before.assessment(), New: after.assessment()}
	old := map[string]Row{}
	for _, row := range before.Requirements {
		old[row.ID] = row
	}
	for _, row := range after.Requirements {
		was, known := old[row.ID]
		delete(old, row.ID)
		change := Change{ID: row.ID, Level: row.Level, Was: was.Outcome, Is: row.Outcome, Evidence: row.Evidence}
		switch {
		case !known:
			c.Appeared = append(c.Appeared, change)
		case was.Outcome == row.Outcome:
		case row.Outcome == Pass:
			c.Better = append(c.Better, change)
		case row.Outcome == NotClaimed && was.Outcome == Pass:
			c.Worse = append(c.Worse, change)
		case row.Outcome.Counts() && (was.Outcome == Pass || !was.Outcome.Counts()):
			c.Worse = append(c.Worse, change)
		default:
			c.Changed = append(c.Changed, change)
		}
	}
	for _, row := range before.Requirements {
		if _, left := old[row.ID]; left {
			c.Gone = append(c.Gone, Change{ID: row.ID, Level: row.Level, Was: row.Outcome, Evidence: row.Evidence})
		}
	}
	c.Notes = c.notes(before, after)
	return c
}

// MustGotWorse reports whether a MUST holds no longer, or held and is no longer claimed.
func (c Comparison) MustGotWorse() bool {
	for _, change := range c.Worse {
		if change.Level == requirement.Must {
			return true
		}
	}
	return false
}

// section is a list of changes with its heading.
type section struct {
	heading string
	changes []Change
}

func (c Comparison) sections() []section {
	return []section{
		{"worse", c.Worse}, {"better", c.Better}, {"changed", c.Changed}, {"appeared", c.Appeared}, {"gone", c.Gone},
	}
}

// counts says how many requirements there are in each section.
func (c Comparison) counts() string {
	var parts []string
	for _, s := range c.sections() {
		if len(s.changes) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", len(s.changes), s.heading))
		}
	}
	if len(parts) == 0 {
		return "no outcome changed"
	}
	return strings.Join(parts, ", ")
}

// WriteText writes a line for each change, by section.
func (c Comparison) WriteText(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "old  %s\nnew  %s\n\n", c.Old, c.New)
	wide := 0
	for _, s := range c.sections() {
		for _, change := range s.changes {
			wide = max(wide, len(change.ID))
		}
	}
	for _, s := range c.sections() {
		for _, change := range s.changes {
			fmt.Fprintf(&text, "%-8s  %-6s  %-*s  %s: %s\n", s.heading, change.Level, wide, change.ID, change.step(), printable.Line(change.Evidence))
		}
	}
	if text.String()[text.Len()-2] != '\n' {
		text.WriteString("\n")
	}
	for _, note := range c.Notes {
		fmt.Fprintf(&text, "%s\n", note)
	}
	fmt.Fprintf(&text, "%s\n", c.counts())
	_, err := io.WriteString(printable.Writer(w), text.String())
	return err
}

// WriteMarkdown writes the changes as a comment on a pull request.
func (c Comparison) WriteMarkdown(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "### Conformance: %s\n\nFrom %s to %s.\n", c.counts(), cell(c.Old.String()), cell(c.New.String()))
	for _, note := range c.Notes {
		fmt.Fprintf(&text, "\n**Note:** %s\n", cell(note))
	}
	for _, s := range c.sections() {
		if len(s.changes) == 0 {
			continue
		}
		fmt.Fprintf(&text, "\n| %s | Level | From, to | Evidence |\n|---|---|---|---|\n", s.heading)
		for _, change := range s.changes {
			fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", change.ID, change.Level, change.step(), cell(change.Evidence))
		}
	}
	_, err := io.WriteString(printable.Writer(w), text.String())
	return err
}

// WriteJSON writes the comparison for programs.
func (c Comparison) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(c)
}

// step is the way from one outcome to the other.
func (c Change) step() string {
	switch {
	case c.Was == "":
		return c.Is.Words()
	case c.Is == "":
		return "was " + c.Was.Words()
	default:
		return c.Was.Words() + " -> " + c.Is.Words()
	}
}
