//go:build unix

package process

import (
	"fmt"
	"os"
	"syscall"
)

// Exit describes how a process ended: "exit code 3" or "signal 11 (segmentation fault)".
func Exit(state *os.ProcessState) string {
	if state == nil {
		return "not ended"
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("exit code %d", state.ExitCode())
}
