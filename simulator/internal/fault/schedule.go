package fault

import (
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// schedule says which of the requests that match a rule it hits.
type schedule struct {
	window       window
	first, every uint64
	ramp         ramp
}

// window is a time on the simulator's clock; a zero end is open.
type window struct{ from, to time.Time }

// ramp is a probability that moves from one value to another in a straight line.
type ramp struct {
	from, to float64
	start    time.Time
	length   time.Duration
}

func newSchedule(w control.FaultWhen, now time.Time) (schedule, error) {
	s := schedule{first: w.First, every: max(1, w.Every), ramp: ramp{from: 1, to: 1}}
	if w.From != nil {
		s.window.from = *w.From
	}
	if w.To != nil {
		s.window.to = *w.To
	}
	if w.From != nil && w.To != nil && !w.From.Before(*w.To) {
		return s, fmt.Errorf("from %s is not before to %s", w.From.Format(time.RFC3339), w.To.Format(time.RFC3339))
	}
	if w.Probability != nil && w.Ramp != nil {
		return s, errors.New("give probability or ramp, not both")
	}
	if w.Probability != nil {
		s.ramp.from, s.ramp.to = *w.Probability, *w.Probability
		return s, probability("probability", *w.Probability)
	}
	if w.Ramp != nil {
		var err error
		start := now
		if !s.window.from.IsZero() {
			start = s.window.from
		}
		s.ramp, err = newRamp(*w.Ramp, start)
		return s, err
	}
	return s, nil
}

func newRamp(r control.FaultRamp, start time.Time) (ramp, error) {
	length, err := seconds("ramp: seconds", r.Length.Seconds(), MaxTTL)
	if err != nil {
		return ramp{}, err
	}
	if err := probability("ramp: from", r.From); err != nil {
		return ramp{}, err
	}
	return ramp{from: r.From, to: r.To, start: start, length: length}, probability("ramp: to", r.To)
}

// open reports whether the window holds an instant.
func (s schedule) open(now time.Time) bool {
	return (s.window.from.IsZero() || !now.Before(s.window.from)) &&
		(s.window.to.IsZero() || now.Before(s.window.to))
}

// picks reports whether the nth matching request, counted from 1, is hit. The
// chance is a draw from [0,1).
func (s schedule) picks(n uint64, chance float64, now time.Time) bool {
	return (s.first == 0 || n <= s.first) && n%s.every == 0 && chance < s.ramp.at(now)
}

// at is the probability at an instant.
func (r ramp) at(now time.Time) float64 {
	elapsed := now.Sub(r.start)
	switch {
	case elapsed >= r.length:
		return r.to
	case elapsed <= 0:
		return r.from
	}
	return r.from + (r.to-r.from)*float64(elapsed)/float64(r.length)
}
