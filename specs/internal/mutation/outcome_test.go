package mutation

import "fmt"

// Result is what came of judging a mutant.
type Result string

// Results. Only Killed proves anything.
const (
	// Killed: a requirement fails for it.
	Killed Result = "killed"
	// Silent: the defect acted, and every requirement holds.
	Silent Result = "silent"
	// Dead: every requirement holds, and the defect never acted.
	Dead Result = "dead"
	// Void: it does not start, or the harness broke.
	Void Result = "void"
	// NotRun: it was not judged at all.
	NotRun Result = "not run"
)

// ResultOf is the result of a run in which that many requirements were judged and that many
// failed. void is why it could not be judged, acted reports whether the defect did something.
func ResultOf(judged, failed int, void error, acted bool) Result {
	switch {
	case void != nil:
		return Void
	case judged == 0:
		return NotRun
	case failed > 0:
		return Killed
	case acted:
		return Silent
	default:
		return Dead
	}
}

// Explain says what a result that proves nothing means, and what to mend.
func (r Result) Explain(void error) string {
	switch r {
	case Killed:
		return "killed"
	case Silent:
		return "SILENT: the defect acted and every requirement holds. Either a judge overlooks it, or its expectation is stale"
	case Dead:
		return "DEAD: the code of the defect never ran. Either the mutant is stale, or no scenario of its requirements reaches it"
	case Void:
		return fmt.Sprintf("VOID: it was not judged, so nothing is proven. Mend the mutant or the harness: %v", void)
	case NotRun:
		return "NOT RUN: no requirement was judged. The mutant is new, or the run was cut short: make mutants MUTANT=its name UPDATE=1"
	default:
		return string(r)
	}
}
