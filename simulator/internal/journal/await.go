package journal

import (
	"context"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// waiter waits until an account has reached its counts. Waiters are kept apart from
// accounts, so that waiting makes no account.
type waiter struct {
	until   control.Until
	reached chan struct{}
}

// Ledger returns the counts of an account. They are zero if nothing was recorded.
func (j *Journal) Ledger(name string) control.Ledger {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lookup(name).ledger()
}

// Knows reports whether something was recorded for an account since the last reset of
// all.
func (j *Journal) Knows(name string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, known := j.byName[name]
	return known
}

// Await waits until an account has reached every count of until that is not zero,
// or until the context ends. It returns the ledger as it then is, and whether the
// counts were reached.
func (j *Journal) Await(ctx context.Context, name string, until control.Until) (control.Ledger, bool) {
	j.mu.Lock()
	if a := j.lookup(name); a.reached(until) {
		defer j.mu.Unlock()
		return a.ledger(), true
	}
	w := &waiter{until: until, reached: make(chan struct{})}
	j.waiters[name] = append(j.waiters[name], w)
	j.mu.Unlock()

	select {
	case <-w.reached:
	case <-ctx.Done():
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.remove(name, func(other *waiter) bool { return other == w })
	a := j.lookup(name)
	return a.ledger(), a.reached(until)
}

func (a *account) reached(until control.Until) bool {
	return a.outcomes[outcome.Accepted]+a.outcomes[outcome.Duplicate] >= until.Settled &&
		a.events >= until.Events && a.requests >= until.Requests && a.refused >= until.Refused
}

// wake releases the waiters of an account whose counts have been reached.
func (j *Journal) wake(name string, a *account) {
	if len(j.waiters) == 0 {
		return
	}
	j.remove(name, func(w *waiter) bool {
		if !a.reached(w.until) {
			return false
		}
		close(w.reached)
		return true
	})
}

// remove drops the waiters of an account that are done.
func (j *Journal) remove(name string, done func(*waiter) bool) {
	left := slices.DeleteFunc(j.waiters[name], done)
	if j.waiters[name] = left; len(left) == 0 {
		delete(j.waiters, name)
	}
}
