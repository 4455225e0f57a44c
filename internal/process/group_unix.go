//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Group makes the command the leader of a process group of its own once it is started.
// A Ctrl-C at the terminal does not reach the group. On Linux the command also gets
// SIGTERM when this process is killed.
func Group(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	endWithParent(cmd.SysProcAttr)
}

// Signal sends a signal to all processes of the group that Group made. It returns
// os.ErrProcessDone if there are none.
func Signal(cmd *exec.Cmd, signal syscall.Signal) error {
	if cmd.Process == nil {
		return errors.New("signal a process: it was not started")
	}
	err := syscall.Kill(-cmd.Process.Pid, signal)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	if err != nil {
		return fmt.Errorf("signal process group %d: %w", cmd.Process.Pid, err)
	}
	return nil
}

// Alive reports whether a process of the group is left.
func Alive(cmd *exec.Cmd) bool { return Signal(cmd, 0) == nil }

// Reload sends SIGHUP to all processes of the group, with which programs read their settings
// again.
func Reload(cmd *exec.Cmd) error { return Signal(cmd, syscall.SIGHUP) }

// Kill kills all processes of the group. It is also for what the leader left behind:
// call it after the leader has ended, too.
func Kill(cmd *exec.Cmd) error { return Signal(cmd, syscall.SIGKILL) }

// Terminate sends SIGTERM to all processes of the group.
func Terminate(cmd *exec.Cmd) error { return Signal(cmd, syscall.SIGTERM) }
