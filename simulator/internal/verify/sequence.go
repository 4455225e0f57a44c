package verify

import (
	"fmt"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

// run is a beginning of the sequence, up to an event.
type run struct{ events []control.Event }

// sequence judges the claim that events came in an order.
func (j *judgment) sequence() control.Verdict {
	steps := j.v.Sequence
	// For each number of steps, the run that began last: whatever can follow an
	// earlier run can follow it, and it leaves the most time.
	latest := make([]run, len(steps)+1)
	longest := run{}
	for e := range j.s.Events(j.query(control.Match{})) {
		for n, step := range slices.Backward(steps) {
			before := latest[n].events
			if n > 0 && len(before) == 0 || !matches(step, &e) {
				continue
			}
			if n > 0 && j.within > 0 && e.At.Sub(before[0].At) > j.within {
				continue
			}
			latest[n+1] = run{append(before[:n:n], short(e))}
			if n+1 > len(longest.events) {
				longest = latest[n+1]
			}
		}
		if len(longest.events) == len(steps) {
			break
		}
	}
	v := control.Verdict{Result: control.Pass, Count: uint64(len(longest.events)), Why: "all steps were found in this order"}
	if len(longest.events) == len(steps) {
		return v
	}
	v.Result, v.Evicted = control.Fail, j.evicted()
	v.Examples = longest.events[:min(len(longest.events), maxExamples)]
	v.Why = fmt.Sprintf("found %d of %d steps in this order", v.Count, len(steps))
	if v.Evicted > 0 {
		v.Result = control.Unknown
		v.Why += fmt.Sprintf("; %d events that were evicted might hold the others", v.Evicted)
	}
	v.Near = j.near(steps[len(longest.events)])
	return v
}
