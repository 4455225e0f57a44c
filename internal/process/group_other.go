//go:build !unix

package process

import (
	"errors"
	"os/exec"
)

// Group does nothing: this system has no process groups.
func Group(*exec.Cmd) {}

// Alive reports whether the process may still run. It does not know what it started.
func Alive(cmd *exec.Cmd) bool { return cmd.Process != nil && cmd.ProcessState == nil }

// Reload fails: this system has no signal for it.
func Reload(*exec.Cmd) error {
	return errors.New("this system cannot signal a process to read its settings again")
}

// Kill kills the process.
func Kill(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return errors.New("kill a process: it was not started")
	}
	return cmd.Process.Kill()
}

// Terminate kills the process: this system has no signal for a clean end.
func Terminate(cmd *exec.Cmd) error { return Kill(cmd) }
