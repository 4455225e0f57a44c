package report

import (
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Summary counts the verdicts of a run.
type Summary struct {
	Selected int  // requirements that were to be judged
	Partial  bool // a filter left requirements out
	Count    map[requirement.Level]map[Outcome]int
}

// Summary counts.
func (r Results) Summary() Summary {
	s := Summary{Partial: r.LabelFilter != "", Selected: len(r.Requirements), Count: map[requirement.Level]map[Outcome]int{}}
	for _, row := range r.Requirements {
		if s.Count[row.Level] == nil {
			s.Count[row.Level] = map[Outcome]int{}
		}
		s.Count[row.Level][row.Outcome]++
	}
	return s
}

// Conformant tells whether every selected MUST passed. A MUST that was skipped or
// not run has not been shown to hold.
func (s Summary) Conformant() bool {
	musts := 0
	for _, n := range s.Count[requirement.Must] {
		musts += n
	}
	return s.Selected > 0 && s.Count[requirement.Must][Pass] == musts
}

// Broken tells whether the harness failed on some requirement.
func (s Summary) Broken() bool {
	for _, count := range s.Count {
		if count[Error] > 0 {
			return true
		}
	}
	return false
}

// String tells the summary in a line.
func (s Summary) String() string {
	word := "not conformant"
	if s.Conformant() {
		word = "conformant"
	}
	if s.Partial {
		word += " on what the label filter selects"
	}
	parts := []string{word}
	for _, level := range []requirement.Level{requirement.Must, requirement.Should, requirement.May} {
		total := 0
		for _, n := range s.Count[level] {
			total += n
		}
		if total > 0 {
			parts = append(parts, fmt.Sprintf("%s %d/%d", level, s.Count[level][Pass], total))
		}
	}
	for _, o := range []Outcome{Fail, Error, Skip, NotRun} {
		n := 0
		for _, count := range s.Count {
			n += count[o]
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.word()))
		}
	}
	return strings.Join(parts, ", ")
}

// Exit codes of a run.
const (
	ExitConformant  = 0
	ExitFailed      = 1 // a MUST did not pass
	ExitUsage       = 2
	ExitHarness     = 3 // the harness itself failed
	ExitNoneChecked = 4 // the selection was empty
)

// ExitCode is what a program that ran the suite ends with.
func (s Summary) ExitCode() int {
	switch {
	case s.Selected == 0:
		return ExitNoneChecked
	case s.Broken():
		return ExitHarness
	case !s.Conformant():
		return ExitFailed
	default:
		return ExitConformant
	}
}

func (o Outcome) word() string {
	switch o {
	case Fail:
		return "failed"
	case Error:
		return "broken"
	case Skip:
		return "skipped"
	case NotRun:
		return "not run"
	case Pass:
		return "passed"
	default:
		return string(o)
	}
}
