// Package clock is where an exporter takes the time from.
package clock

import "time"

// Clock returns the time, and channels that receive when some has passed.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// System returns the clock of the machine.
func System() Clock { return system{} }

type system struct{}

// Now returns the present time.
func (system) Now() time.Time {
	return time.Now() //nolint:forbidigo // this is the clock that constructors take
}

// After returns a channel that receives the time once d has passed.
func (system) After(d time.Duration) <-chan time.Time { return time.After(d) }
