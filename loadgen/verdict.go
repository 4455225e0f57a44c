package loadgen

import (
	"fmt"
	"time"
)

// Verdict is what a run's numbers are worth.
type Verdict string

// Verdicts.
const (
	// Sound numbers describe the subject.
	Sound Verdict = "sound"
	// Bottleneck means that too many requests left late or not at all, so that
	// the subject did not get the load of the plan.
	Bottleneck Verdict = "generator was the bottleneck"
	// Interrupted means that the plan was not played to its end.
	Interrupted Verdict = "interrupted"
)

// Verdict judges the generator itself: late and dropped requests may make up
// maxLate of those due, 0.01 being one percent. The reason says what to do.
func (r *Result) Verdict(maxLate float64) (v Verdict, why string) {
	bad := r.Sends.Late() + r.Sends.Dropped
	switch {
	case r.Interrupted:
		return Interrupted, fmt.Sprintf("stopped after %v", r.Elapsed.Round(10*time.Millisecond))
	case float64(bad) <= maxLate*float64(r.Sends.Due):
		return Sound, ""
	}
	why = fmt.Sprintf("%d of %d requests left more than %v late, %d never", r.Sends.Late(), r.Sends.Due, r.tolerance, r.Sends.Dropped)
	if r.Sends.LateSenders+r.Sends.Dropped >= r.Sends.LateClock {
		if r.Senders >= r.SenderLimit {
			return Bottleneck, why + fmt.Sprintf("; all %d senders were busy, allow more", r.SenderLimit)
		}
		return Bottleneck, why + "; this machine cannot send that much, lower the rate or send larger batches"
	}
	return Bottleneck, why + "; this machine was too busy to keep time, lower the rate or give it more cores"
}
