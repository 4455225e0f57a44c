package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Summary counts the verdicts of a run.
type Summary struct {
	Selected int     // requirements that were to be judged
	Partial  bool    // a filter or the quick profile left requirements out
	Stopped  string  // what stopped the run before all was judged, empty if nothing did
	Late     float64 // how late timers fired, in seconds, at the most
	Count    map[requirement.Level]map[Outcome]int
	// Known are the known-failing requirements that failed, Recovered those that
	// passed, which fails the run: the list is out of date.
	Known, Recovered []string
	excused          int // known failures of a MUST
	// wrong counts the other failures of a MUST about what is sent, not when.
	wrong int
}

// Summary counts.
func (r Results) Summary() Summary {
	s := Summary{Stopped: r.Stopped, Late: r.Late, Partial: r.LabelFilter != "" || r.Config.Profile == "quick", Selected: len(r.Requirements), Count: map[requirement.Level]map[Outcome]int{}}
	for _, row := range r.Requirements {
		if s.Count[row.Level] == nil {
			s.Count[row.Level] = map[Outcome]int{}
		}
		s.Count[row.Level][row.Outcome]++
		switch {
		case row.KnownFailing && row.Outcome == Fail:
			s.Known = append(s.Known, row.ID)
			if row.Level == requirement.Must {
				s.excused++
			}
		case row.KnownFailing && row.Outcome == Pass:
			s.Recovered = append(s.Recovered, row.ID)
		case row.Outcome == Fail && row.Level == requirement.Must && slices.Contains(categories[0].areas, row.Area):
			s.wrong++
		}
	}
	return s
}

// Conformant reports whether every selected MUST passed. A MUST that was skipped or
// not run has not been shown to hold. One about something that need not be claimed and
// was not, or about a situation that did not arise, does not count.
func (s Summary) Conformant() bool {
	return s.Selected > 0 && s.Count[requirement.Must][Pass] == s.due(requirement.Must)
}

// AsKnown reports whether nothing failed but what is known to fail, and all of that.
func (s Summary) AsKnown() bool {
	return s.Selected > 0 && len(s.Recovered) == 0 &&
		s.Count[requirement.Must][Pass]+s.excused == s.due(requirement.Must)
}

// due is the number of requirements of the level the subject has to meet.
func (s Summary) due(level requirement.Level) int {
	total := 0
	for outcome, n := range s.Count[level] {
		if outcome.Counts() {
			total += n
		}
	}
	return total
}

// Broken reports whether the harness failed on some requirement.
func (s Summary) Broken() bool {
	for _, count := range s.Count {
		if count[Error] > 0 {
			return true
		}
	}
	return false
}

// Starved reports whether what failed says nothing of the exporter: the machine was so busy
// that the second was gone which an exporter is given for what takes it no time. No machine is
// to blame for a wrong mapping.
func (s Summary) Starved() bool { return s.Late > 1 && s.wrong == 0 && !s.AsKnown() }

// String is the summary in a line.
func (s Summary) String() string {
	word := "not conformant"
	must := s.Count[requirement.Must]
	switch {
	case s.Stopped != "" && must[Pass]+must[Fail]+must[Skip] == 0: // no MUST was judged
		word = "not judged to the end"
	case s.Conformant():
		word = "conformant"
	case s.AsKnown():
		word = "failing no more than is known"
	case s.Starved():
		word = fmt.Sprintf("cannot be judged (the machine was too busy: timers fired up to %.1fs late)", s.Late)
	case s.Stopped != "" && must[Fail]+must[Skip] == 0: // nothing says that it is not conformant
		word = "not judged to the end"
	}
	if s.Partial {
		word += " on what was selected"
	}
	if len(s.Known) > 0 {
		word += fmt.Sprintf(" (%d known to fail)", len(s.Known))
	}
	parts := []string{word}
	if s.Stopped != "" {
		parts = append(parts, "stopped by "+s.Stopped)
	}
	for _, level := range []requirement.Level{requirement.Must, requirement.Should, requirement.May} {
		if total := s.due(level); total > 0 {
			parts = append(parts, fmt.Sprintf("%s %d/%d", level, s.Count[level][Pass], total))
		}
	}
	for _, o := range []Outcome{Fail, Error, Skip, NotRun, NotClaimed, NotArisen, NotObservable} {
		n := 0
		for _, count := range s.Count {
			n += count[o]
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.Words()))
		}
	}
	for _, id := range s.Recovered {
		parts = append(parts, id+" is listed as known failing and passes: take it off the list")
	}
	return strings.Join(parts, ", ")
}

// Exit codes of a run.
const (
	ExitConformant  = 0
	ExitFailed      = 1 // a MUST did not pass that is not known to fail, or one known to fail did
	ExitUsage       = 2
	ExitHarness     = 3 // the harness itself failed, or the run was stopped
	ExitNoneChecked = 4 // the selection was empty
	ExitAssumption  = 5 // the machine or the simulator's clock is not fit to judge by
)

// ExitCode is what a program that ran the suite ends with.
func (s Summary) ExitCode() int {
	switch {
	case s.Selected == 0:
		return ExitNoneChecked
	case s.Broken() || s.Stopped != "":
		return ExitHarness
	case s.Starved():
		return ExitAssumption
	case !s.AsKnown():
		return ExitFailed
	default:
		return ExitConformant
	}
}
