package cohort

import (
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Retries of a run: eight, after 1 s, 2 s and so on to a little over two minutes
// (Amplitude's page on receiving behavioral cohorts).
const (
	Retries    = 8
	FirstRetry = time.Second
)

// backoff is the wait before the nth retry, counted from 1.
func backoff(n int) time.Duration { return FirstRetry << (n - 1) }

// period is the time between two runs; 0 for a single run.
func period(cadence control.Cadence) (time.Duration, error) {
	switch cadence {
	case "", control.Once:
		return 0, nil
	case control.Hourly:
		return time.Hour, nil
	case control.Daily:
		return 24 * time.Hour, nil
	}
	return 0, fmt.Errorf("cadence %q: want %q, %q or %q", cadence, control.Once, control.Hourly, control.Daily)
}

// after is the first instant of the grid of a period that lies after now. Runs
// that a jump of the clock left behind are not made up for: they would find
// nothing to do.
func after(start time.Time, period time.Duration, now time.Time) time.Time {
	return now.Add(period - now.Sub(start)%period)
}

// Due returns the syncs that are to act at an instant, and when the next of the
// others is; that is zero if none will.
func Due(syncs []*Sync, now time.Time) (due []*Sync, next time.Time) {
	for _, s := range syncs {
		switch at := s.At(); {
		case at.IsZero():
		case !now.Before(at):
			due = append(due, s)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return due, next
}
