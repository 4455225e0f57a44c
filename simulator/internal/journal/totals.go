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
	defer j.mu.Unlock()
	var sum account
	sum.add(&j.gone)
	for _, a := range j.accounts {
		sum.add(a)
	}
	var list []Total
	for o := range sum.reasons {
		for why, n := range sum.reasons[o] {
			if n > 0 {
				list = append(list, Total{outcome.Outcome(o), outcome.Reason(why), n})
			}
		}
	}
	return list
}

// add adds the counts of events of another account.
func (a *account) add(b *account) {
	for o := range b.reasons {
		for why, n := range b.reasons[o] {
			a.reasons[o][why] += n
		}
	}
}
