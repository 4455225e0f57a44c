//go:build unix

package mapping_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what the process has used so far, on all cores: unlike the wall
// clock it does not depend on what else runs on the machine.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
