package verdict

import (
	"errors"
	"fmt"
)

// Failure is an error that kept traffic from being recorded, or part of it.
type Failure struct { //nolint:errname // a part of reports, and an error on its way there
	Kind Cause  `json:"kind"`
	Text string `json:"text"`
}

// Cause says whose failure it is.
type Cause string

// Causes of failures.
const (
	BySubject    Cause = "subject"        // the exporter did not do its part
	NoStart      Cause = "no_start"       // the exporter cannot be started, which makes the run pointless
	Untestable   Cause = "untestable"     // the exporter's configuration puts it out of reach
	Unobservable Cause = "not_observable" // the exporter is out of the harness's reach
	PostsOnly    Cause = "posts_only"     // the exporter takes no posts, and no input that ends can show it
	ByHarness    Cause = "harness"        // everything else
)

func (f *Failure) Error() string { return f.Text }

// FailureOf is the failure in an error: one of the harness, unless the error wraps another.
// Nil for no error.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		return &Failure{Kind: f.Kind, Text: err.Error()}
	}
	return &Failure{Kind: ByHarness, Text: err.Error()}
}

// Failuref makes a failure.
func Failuref(kind Cause, format string, args ...any) *Failure {
	return &Failure{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Verdict is what the failure means for each requirement that the traffic was to show.
func (f *Failure) Verdict() Verdict {
	switch f.Kind {
	case Untestable:
		return Skipped("%s", f.Text)
	case PostsOnly:
		return Verdict{Outcome: NotClaimed, Evidence: f.Text}
	case Unobservable:
		return Unseen("%s", f.Text)
	case BySubject:
		return Failed("%s", f.Text)
	case NoStart:
		return HarnessError("%s", f.Text)
	default:
		return HarnessError("harness: %s", f.Text)
	}
}
