package verdict

// Outcome is what came of judging one requirement.
type Outcome string

// Outcomes. Only Fail and Skip of a MUST keep an exporter from being conformant.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// Skip: the requirement was not shown, for a reason that the subject can mend.
	Skip Outcome = "skip"
	// Error: the harness broke before it could judge.
	Error Outcome = "error"
	// NotRun: the run ended before the requirement was judged.
	NotRun Outcome = "not_run"
	// NotClaimed: the requirement is about something that the subject may claim and does not.
	NotClaimed Outcome = "not_claimed"
	// NotArisen: the requirement is about a situation that the scenario cannot force, such
	// as a full queue, and that did not come up.
	NotArisen Outcome = "did_not_arise"
	// NotObservable: the harness has no way to see it in this subject, which it did not start.
	NotObservable Outcome = "not_observable"
)

// Counts reports whether the subject has to meet a requirement of that outcome.
func (o Outcome) Counts() bool {
	return o != NotClaimed && o != NotArisen && o != NotObservable
}

// Words is the outcome as a phrase.
func (o Outcome) Words() string {
	switch o {
	case Pass:
		return "passed"
	case Fail:
		return "failed"
	case Error:
		return "broken"
	case Skip:
		return "skipped"
	case NotRun:
		return "not run"
	case NotClaimed:
		return "not claimed"
	case NotArisen:
		return "did not arise"
	case NotObservable:
		return "not observable"
	default:
		return string(o)
	}
}
