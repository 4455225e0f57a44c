package journal

import (
	"context"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// waiter waits until an account has reached its counts.
type waiter struct {
	until   control.Until
	reached chan struct{}
}

// Ledger returns the counts of an account.
func (j *Journal) Ledger(name string) control.Ledger {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.accounts[j.account(name)].ledger()
}

// Await waits until an account has reached every count of until that is not zero,
// or until the context ends. It returns the ledger as it then is, and whether the
// counts were reached.
func (j *Journal) Await(ctx context.Context, name string, until control.Until) (control.Ledger, bool) {
	j.mu.Lock()
	a := j.accounts[j.account(name)]
	if a.reached(until) {
		defer j.mu.Unlock()
		return a.ledger(), true
	}
	w := &waiter{until: until, reached: make(chan struct{})}
	a.waiters = append(a.waiters, w)
	j.mu.Unlock()

	select {
	case <-w.reached:
	case <-ctx.Done():
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	a.waiters = slices.DeleteFunc(a.waiters, func(other *waiter) bool { return other == w })
	return a.ledger(), a.reached(until)
}

func (a *account) reached(until control.Until) bool {
	return a.outcomes[outcome.Accepted]+a.outcomes[outcome.Duplicate] >= until.Settled &&
		a.events >= until.Events && a.requests >= until.Requests && a.refused >= until.Refused
}

// wake releases the waiters whose counts have been reached.
func (a *account) wake() {
	a.waiters = slices.DeleteFunc(a.waiters, func(w *waiter) bool {
		if !a.reached(w.until) {
			return false
		}
		close(w.reached)
		return true
	})
}
