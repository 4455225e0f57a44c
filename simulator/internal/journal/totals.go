package journal

import "github.com/ammeter/ammeter/simulator/internal/outcome"

// Total is how many events of all accounts had an outcome for a reason, since the
// start: a reset does not lower it.
type Total struct {
	Outcome outcome.Outcome
	Reason  outcome.Reason
	Events  uint64
}

// Totals lists the counts that are not zero.
func (j *Journal) Totals() []Total {
	j.mu.Lock()
	totals := j.totals
	j.mu.Unlock()
	var list []Total
	for o := range totals {
		for why, n := range totals[o] {
			if n > 0 {
				list = append(list, Total{outcome.Outcome(o), outcome.Reason(why), n})
			}
		}
	}
	return list
}
