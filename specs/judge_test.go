package specs

import (
	"testing"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// A Go test must be red exactly where the program ends with another code than 0.
func TestDecides_asTheExitCodeOfARun(t *testing.T) {
	t.Parallel()
	for _, level := range []requirement.Level{requirement.Must, requirement.Should, requirement.May} {
		for _, status := range []verdict.Outcome{
			verdict.Pass, verdict.Fail, verdict.Skip, verdict.Error, verdict.NotClaimed, verdict.NotArisen, verdict.NotObservable,
		} {
			one := report.Results{Requirements: []report.Row{
				{ID: "A", Level: requirement.Must, Outcome: report.Pass},
				{ID: "B", Level: level, Outcome: status},
			}}
			code := one.Summary().ExitCode()
			if got := decides(level, status); got != (code != report.ExitConformant) {
				t.Errorf("%s %s: decides is %t, the exit code is %d", level, status, got, code)
			}
		}
	}
}
