//go:build unix

package process

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// wrapper starts a shell that starts a program without exec, and returns the command
// and the program's process id.
func wrapper(t *testing.T, script string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	Group(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = Kill(cmd) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return cmd, pid
}

func TestKill_wrapperLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	cmd, child := wrapper(t, "sleep 600 & echo $!; wait; true")
	if err := Kill(cmd); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // ends with the signal
	awaitEnd(t, child)
	if got := Exit(cmd.ProcessState); got != "signal 9 (killed)" {
		t.Errorf("Exit = %q", got)
	}
}

func TestTerminate_reachesTheProgramBehindAWrapper(t *testing.T) {
	t.Parallel()
	cmd, child := wrapper(t, `trap 'exit 7' TERM; sleep 600 & echo $!; wait`)
	if err := Terminate(cmd); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // ends with its own code
	// The signal is lost on a program that the shell has forked and not yet executed.
	if err := Kill(cmd); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Kill of what may be left of the group: %v", err)
	}
	awaitEnd(t, child)
	if got := Exit(cmd.ProcessState); got != "exit code 7" {
		t.Errorf("Exit = %q", got)
	}
}

// awaitEnd waits until a process that is not our child is gone or a zombie that
// was not collected yet.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
	}
}

func TestSignal_notStarted(t *testing.T) {
	t.Parallel()
	if err := Kill(exec.CommandContext(t.Context(), "true")); err == nil {
		t.Error("no error")
	}
	if got := Exit(nil); got != "not ended" {
		t.Errorf("Exit = %q", got)
	}
}
