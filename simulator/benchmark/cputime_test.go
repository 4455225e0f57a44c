//go:build unix

package benchmark_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// machineLoad is the number of processes that ran or waited for a processor in the last
// minute; zero where that is not known.
func machineLoad(b *testing.B) (load float64) {
	b.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &load); err != nil {
		b.Fatal(err)
	}
	return load
}
