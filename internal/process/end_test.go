//go:build unix

package process

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A program that was started by nohup goes on when its terminal goes away.
func TestEndSignals(t *testing.T) {
	if os.Getenv("PRINT_END_SIGNALS") != "" {
		for _, s := range EndSignals() {
			_, _ = os.Stdout.WriteString(s.String() + "\n")
		}
		return
	}
	t.Parallel()
	for script, want := range map[string][]string{
		`trap - HUP; exec "$0" "$@"`:  {"interrupt", "terminated", "hangup"},
		`trap '' HUP; exec "$0" "$@"`: {"interrupt", "terminated"},
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script, os.Args[0], "-test.run=^TestEndSignals$")
		cmd.Env = append(os.Environ(), "PRINT_END_SIGNALS=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		lines := slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool {
			return !slices.Contains([]string{"interrupt", "terminated", syscall.SIGHUP.String()}, line)
		})
		if !slices.Equal(lines, want) {
			t.Errorf("%s: %q, want %q", script, lines, want)
		}
	}
}
