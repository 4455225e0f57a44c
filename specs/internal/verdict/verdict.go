package verdict

import (
	"fmt"
	"strings"
)

// Status is the outcome of judging one requirement.
type Status string

// A requirement is judged Pass or Fail. Skip means that the subject cannot show
// it, Error that the harness broke before it could be judged.
const (
	Pass  Status = "pass"
	Fail  Status = "fail"
	Skip  Status = "skip"
	Error Status = "error"
)

// Verdict is a status with its evidence: one line for the table, and in Details
// every finding, if there are more than the line tells.
type Verdict struct {
	Status   Status   `json:"status"`
	Evidence string   `json:"evidence"`
	Details  []string `json:"details,omitempty"`
}

// Passed makes a passing verdict.
func Passed(format string, args ...any) Verdict {
	return Verdict{Status: Pass, Evidence: fmt.Sprintf(format, args...)}
}

// Failed makes a failing verdict.
func Failed(format string, args ...any) Verdict {
	return Verdict{Status: Fail, Evidence: fmt.Sprintf(format, args...)}
}

// Skipped makes the verdict of a requirement that the subject cannot be asked.
func Skipped(format string, args ...any) Verdict {
	return Verdict{Status: Skip, Evidence: fmt.Sprintf(format, args...)}
}

// Broken makes the verdict of a harness that could not judge.
func Broken(format string, args ...any) Verdict {
	return Verdict{Status: Error, Evidence: fmt.Sprintf(format, args...)}
}

// Shown is the verdict if the exporter sent anything under the key of the recording:
// whatever a requirement is about, silence does not show that it holds.
func Shown(t Traffic, v Verdict) Verdict {
	if v.Status == Pass && len(t.Requests) == 0 {
		return Failed("the exporter sent nothing, so this has not been shown")
	}
	return v
}

// All returns the first verdict that is not a pass, or the last one.
func All(verdicts ...Verdict) Verdict {
	var last Verdict
	for _, v := range verdicts {
		last = v
		if v.Status != Pass {
			break
		}
	}
	return last
}

// findings makes a failing verdict of a list: the first one in the evidence,
// every one in the details.
func findings(what string, list []string) Verdict {
	evidence := list[0]
	if more := len(list) - 1; more > 0 {
		evidence += fmt.Sprintf(" (and %d more)", more)
	}
	if what != "" {
		evidence = what + ": " + evidence
	}
	return Verdict{Status: Fail, Evidence: line(evidence), Details: list}
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
