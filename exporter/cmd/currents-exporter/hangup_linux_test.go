package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// An exporter in a terminal that goes away would hold its port and its directory, and have
// no reader. It delivers what it holds and ends.
func TestServe_terminalGoesAway(t *testing.T) {
	t.Parallel()
	terminal, side := openTerminal(t)
	ledger := filepath.Join(t.TempDir(), "ledger")
	cmd := exec.CommandContext(t.Context(), "currents-exporter", "serve", "--listen", "127.0.0.1:0",
		"--url", "http://127.0.0.1:9", "--api-key", "0123456789abcdef0123456789abcdef", "--ledger-file", ledger)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = side, side, side
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	side.Close()
	readUntil(t, terminal, "listening on ")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil { // reads the settings again
		t.Fatal(err)
	}
	readUntil(t, terminal, "settings were read again")
	terminal.Close()
	_ = cmd.Wait()
	if _, err := os.Stat(ledger); err != nil {
		t.Errorf("it ended with %v and wrote no ledger: %v", cmd.ProcessState, err)
	}
}

// openTerminal opens a pseudo-terminal and returns both its sides.
func openTerminal(t *testing.T) (terminal, side *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if side, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return terminal, side
}

// readUntil reads what a terminal shows until a text comes.
func readUntil(t *testing.T, terminal *os.File, text string) {
	t.Helper()
	shown, part := "", make([]byte, 1024)
	for !strings.Contains(shown, text) {
		n, err := terminal.Read(part)
		if err != nil {
			t.Fatalf("%v after %q", err, shown)
		}
		shown += string(part[:n])
	}
}
