// Package gogc sets how often the program collects garbage.
package gogc

import (
	"os"
	"runtime/debug"
)

// Percent is how much garbage there may be, in percent of what is in use, before it is
// collected. Go's own 100 doubles the memory in use.
const Percent = 50

// Apply sets Percent, unless the environment says when to collect. It returns a function that
// undoes it.
func Apply() (undo func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(Percent)
	return func() { debug.SetGCPercent(before) }
}
