package report

import (
	_ "embed" // the template
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/specs/requirement"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Parse(page))

// WriteHTML writes report.html: one file that needs nothing else.
func (r Results) WriteHTML(w io.Writer) error {
	v := view{
		Results: r, Title: r.title(), Summary: r.Summary(), Matrix: r.matrix(), Areas: r.areas(),
		Timeline: r.throttled(), Facts: r.facts(), Deaths: r.deaths(),
	}
	for _, row := range r.Requirements {
		shown := shownRow{
			Row: row, Word: verdictWord(row), Class: class(row),
			Command: r.Command(row.ID), Excerpts: r.excerpts(row), Open: row.failed(),
		}
		v.Rows = append(v.Rows, shown)
		if shown.Open {
			v.Failures = append(v.Failures, row)
		}
	}
	if err := pageTemplate.Execute(printable.Writer(w), v); err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	return nil
}

// view is what the template sees.
type view struct {
	Results

	Title    string
	Summary  Summary
	Matrix   []matrixRow
	Areas    []area
	Failures []Row // what does not hold
	Facts    []fact
	Deaths   []death
	Timeline *timeline
	Rows     []shownRow
}

type fact struct{ Name, Value string }

type shownRow struct {
	Row

	Word, Class, Command string
	Open                 bool
	Excerpts             []excerpt
}

// matrixRow is an area, with a mark for each requirement by level.
type matrixRow struct {
	Area   string
	Levels [][]mark
}

type mark struct{ ID, Class, Title string }

// matrix sorts the requirements by area and level.
func (r Results) matrix() []matrixRow {
	levels := []requirement.Level{requirement.Must, requirement.Should, requirement.May}
	var rows []matrixRow
	at := map[string]int{}
	for _, row := range r.Requirements {
		i, known := at[row.Area]
		if !known {
			i = len(rows)
			at[row.Area] = i
			rows = append(rows, matrixRow{Area: row.Area, Levels: make([][]mark, len(levels))})
		}
		if l := slices.Index(levels, row.Level); l >= 0 {
			rows[i].Levels[l] = append(rows[i].Levels[l], mark{
				ID: row.ID, Class: class(row), Title: fmt.Sprintf("%s: %s. %s", row.ID, verdictWord(row), row.Text),
			})
		}
	}
	return rows
}

// class is the color of a verdict: a SHOULD that does not hold, and what is known
// to fail, warn only.
func class(row Row) string {
	switch {
	case row.KnownFailing && row.Outcome == Pass:
		return "fail"
	case row.Outcome == Fail && (row.KnownFailing || row.Level != requirement.Must):
		return "warn"
	default:
		return string(row.Outcome)
	}
}

// facts tell what was tested, with what and how.
func (r Results) facts() []fact {
	all := []fact{
		{"Exporter", r.title()},
		{"Started as", strings.TrimSpace(r.Config.Kind + " " + strings.Join(r.Config.Start, " "))},
		{"Claims", strings.Join(r.Subject.Capabilities, ", ")},
		{"Event types claimed", strings.Join(r.Subject.EventTypes, ", ")},
		{"Suite", strings.TrimSpace(r.Suite.Name + " " + r.Suite.Version)},
		{"Simulator", strings.TrimSpace(r.Simulator.Name + " " + r.Simulator.Version)},
		{"Currents", currentsText(r.Currents)},
		{"Clock", clockText(r.Clock)},
	}
	for _, l := range r.Limits {
		all = append(all, fact{strings.ReplaceAll(l.Name, "_", " "), fmt.Sprintf("%g s, published %g s (scale %.3g)", l.Seconds, l.PublishedSeconds, l.Scale)})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Config.Env)) {
		all = append(all, fact{name, r.Config.Env[name]})
	}
	all = append(all,
		fact{"Profile", r.Config.Profile}, fact{"Label filter", r.LabelFilter}, fact{"Seed", strconv.FormatInt(r.Seed, 10)},
		fact{"Run", fmt.Sprintf("%s, %.1f s", r.Started.UTC().Format("2006-01-02 15:04:05 MST"), r.Seconds)},
		fact{"Digest", r.Digest})
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

func currentsText(c Currents) string {
	if c.Version == 0 {
		return ""
	}
	return fmt.Sprintf("v%d (%s)", c.Version, c.Date)
}

func clockText(c Clock) string {
	if c.Mode == "" {
		return ""
	}
	return fmt.Sprintf("%s, %g simulated seconds in a second", c.Mode, c.Scale)
}
