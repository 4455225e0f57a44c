package specs

import (
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

// logged are the recordings that were made, for a report.
func (b *bench) logged() []report.Recording {
	var all []report.Recording
	for _, r := range b.recordings {
		// That of the first event tells why others were not made.
		if r.made && (r.asked || r == b.sign) {
			all = append(all, report.Recorded(r.name, r.traffic, failureOf(r.err)))
		}
	}
	return all
}

// loggedFor names the recordings that a requirement was judged by.
func (b *bench) loggedFor(id string) []string {
	var names []string
	owner := b.owners[id]
	if owner == nil {
		return nil
	}
	for _, r := range append([]*recording{owner}, owner.inputs...) {
		if r.made && r.asked {
			names = append(names, r.name)
		}
	}
	return names
}

func failureOf(err error) *report.Failure {
	var bySubject subjectError
	var outOfReach untestable
	switch {
	case err == nil:
		return nil
	case errors.As(err, &outOfReach):
		return &report.Failure{Kind: report.Untestable, Text: err.Error()}
	case errors.As(err, &bySubject):
		return &report.Failure{Kind: report.BySubject, Text: err.Error()}
	case errors.Is(err, errNoStart):
		return &report.Failure{Kind: report.NoStart, Text: err.Error()}
	default:
		return &report.Failure{Kind: report.ByHarness, Text: err.Error()}
	}
}

// replayed is the recording of that name as the report has it.
func (b *bench) replayed(name string) (verdict.Traffic, error) {
	r, ok := b.replay[name]
	if !ok {
		return verdict.Traffic{}, fmt.Errorf("the report has no recording %q", name)
	}
	t := r.Replay()
	if r.Failure == nil {
		return t, nil
	}
	told := errors.New(r.Failure.Text)
	switch r.Failure.Kind {
	case report.BySubject:
		return t, subjectError{told}
	case report.Untestable:
		return t, untestable{told}
	case report.NoStart:
		return t, noStartError{told}
	default:
		return t, told
	}
}

// noStartError is errNoStart with the text of a report.
type noStartError struct{ error }

func (noStartError) Is(target error) bool { return target == errNoStart }
