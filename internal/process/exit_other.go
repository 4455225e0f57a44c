//go:build !unix

package process

import (
	"fmt"
	"os"
)

// Exit describes how a process ended, as in "exit code 3".
func Exit(state *os.ProcessState) string {
	if state == nil {
		return "not ended"
	}
	return fmt.Sprintf("exit code %d", state.ExitCode())
}
