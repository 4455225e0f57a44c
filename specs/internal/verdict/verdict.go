package verdict

import (
	"fmt"
	"strings"
)

// Verdict is an outcome with its evidence: one line for the table, and in Details every
// finding, if there are more than the line has.
type Verdict struct {
	Outcome  Outcome
	Evidence string
	Details  []string
}

// Passed makes a passing verdict.
func Passed(format string, args ...any) Verdict {
	return Verdict{Outcome: Pass, Evidence: fmt.Sprintf(format, args...)}
}

// Failed makes a failing verdict.
func Failed(format string, args ...any) Verdict {
	return Verdict{Outcome: Fail, Evidence: fmt.Sprintf(format, args...)}
}

// Skipped makes the verdict of a requirement that the subject cannot be asked.
func Skipped(format string, args ...any) Verdict {
	return Verdict{Outcome: Skip, Evidence: fmt.Sprintf(format, args...)}
}

// Unseen makes the verdict of a requirement that cannot be seen from outside of the subject.
func Unseen(format string, args ...any) Verdict {
	return Verdict{Outcome: NotObservable, Evidence: "not observable: " + fmt.Sprintf(format, args...)}
}

// HarnessError makes the verdict of a harness that could not judge.
func HarnessError(format string, args ...any) Verdict {
	return Verdict{Outcome: Error, Evidence: fmt.Sprintf(format, args...)}
}

// RequireTraffic is the verdict if the exporter sent anything under the key of the recording:
// whatever a requirement is about, silence does not show that it holds.
func RequireTraffic(t Traffic, v Verdict) Verdict {
	if (v.Outcome == Pass || v.Outcome == NotArisen) && len(t.Requests) == 0 {
		return Failed("the exporter sent nothing, so this has not been shown")
	}
	return v
}

// DidNotArise makes the verdict of a requirement whose situation did not come up.
func DidNotArise(format string, args ...any) Verdict {
	return Verdict{Outcome: NotArisen, Evidence: "did not arise: " + fmt.Sprintf(format, args...)}
}

// Unclaimed makes the verdict of a requirement that is only about those who claim
// the capability.
func Unclaimed(capability string) Verdict {
	return Verdict{Outcome: NotClaimed, Evidence: capability + " is not claimed, and need not be"}
}

// All returns the first verdict that is not a pass, or the last one.
func All(verdicts ...Verdict) Verdict {
	var last Verdict
	for _, v := range verdicts {
		last = v
		if v.Outcome != Pass {
			break
		}
	}
	return last
}

// failWith makes a failing verdict of a list: the first one in the evidence,
// every one in the details.
func failWith(what string, list []string) Verdict {
	evidence := list[0]
	if more := len(list) - 1; more > 0 {
		evidence += fmt.Sprintf(" (and %d more)", more)
	}
	if what != "" {
		evidence = what + ": " + evidence
	}
	return Verdict{Outcome: Fail, Evidence: line(evidence), Details: list}
}

// line keeps evidence on one line of a length a table can hold.
func line(s string) string {
	const limit = 400
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + " ..."
	}
	return s
}
