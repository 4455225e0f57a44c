// Package pace holds the shapes a rate can have over time: constant, ramp, sine
// and burst.
//
// A Pace is arithmetic on numbers and durations; it reads no clock and keeps no
// state, so the same pace always gives the same instants. For how many events
// travel in one request, and which, see loadgen.Plan.
package pace

import (
	"fmt"
	"math"
	"time"
)

// Pace is a rate of events over time.
type Pace interface {
	// Count is the number of events due in [0, t): the integral of the rate,
	// which is not a whole number.
	Count(t time.Duration) float64
	// Due is the instant at which Count reaches n. It never decreases with n.
	// An n the pace never reaches is due at Never.
	Due(n float64) time.Duration
	// Rate is the rate at t, in events per second.
	Rate(t time.Duration) float64
}

// Never is the instant of an event that a pace does not reach.
const Never = time.Duration(math.MaxInt64)

// Events is the number of whole events that p makes due in [0, d).
func Events(p Pace, d time.Duration) uint64 {
	n := p.Count(d)
	if n <= 0 {
		return 0
	}
	// An event is due at 0, so 0.5 events mean one. Rounding first keeps
	// 9.999999999 and 10.000000001, which are 10 in floating point, at 10.
	if whole := math.Round(n); math.Abs(n-whole) < 1e-6*math.Max(1, n/1e6) {
		return uint64(whole)
	}
	return uint64(math.Ceil(n))
}

// at converts seconds to a duration, Never when they do not fit.
func at(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds*1e9 >= float64(Never) {
		return Never
	}
	return time.Duration(math.Max(0, seconds) * 1e9)
}

func positive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s is %v; it must be above 0", what, v)
	}
	return nil
}

func notNegative(what string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s is %v; it must be 0 or more", what, v)
	}
	return nil
}
