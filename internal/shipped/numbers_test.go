package shipped

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the numbers into README.md")

const page = "../../README.md"

// measured is a binary with how it is started. A server is ended when it has printed ready.
var measured = []struct {
	binary string
	args   []string
	ready  string
}{
	{"amplitude-simulator", []string{"--listen=127.0.0.1:0", "--key=0123456789abcdef0123456789abcdef"}, "Ready."},
	{"currents-exporter", []string{"serve", "--listen=127.0.0.1:0", "--url=http://127.0.0.1:1", "--api-key=0123456789abcdef0123456789abcdef"}, "listening on"},
	{"conformance", []string{"--list"}, ""},
	{"fixtures", []string{"list"}, ""},
	{"loadgen", []string{"scenarios"}, ""},
}

// TestNumbers holds size and memory in README.md within a factor of two. How long a start
// takes depends on what else the machine does, so it is written and not held.
func TestNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binaries: skipped by -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the numbers are those of linux")
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(stored)
	for _, m := range measured {
		path := filepath.Join(dir, m.binary)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size := float64(info.Size()) / 1e6
		var starts []time.Duration
		memory := 0.0
		for range 7 {
			start, most := started(t, path, m.ready, m.args...)
			starts, memory = append(starts, start), max(memory, most)
		}
		slices.Sort(starts)
		start := starts[0] // the others waited for the machine
		t.Logf("%-20s %5.1f MB, %5.1f MB of memory, starts in %v", m.binary, size, memory, start.Round(time.Millisecond))

		row := regexp.MustCompile("(?m)^(.*\\| `" + m.binary + "` \\|) ([0-9]+) MB \\|(?: ([0-9]+) MB)? \\| [0-9]+ ms \\|$")
		found := row.FindStringSubmatch(text)
		if found == nil || (found[3] == "") != (memory == 0) {
			t.Fatalf("README.md has no row with the numbers of %s", m.binary)
		}
		if *update {
			inMemory := ""
			if memory > 0 {
				inMemory = fmt.Sprintf(" %.0f MB", memory)
			}
			text = strings.Replace(text, found[0], fmt.Sprintf("%s %.0f MB |%s | %d ms |", found[1], size, inMemory, start.Milliseconds()), 1)
			continue
		}
		hold(t, m.binary+": size", size, found[2])
		if memory > 0 {
			hold(t, m.binary+": memory", memory, found[3])
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// hold fails a test if a number is not within a factor of two of what README.md says.
func hold(t *testing.T, what string, now float64, told string) {
	t.Helper()
	stored, err := strconv.ParseFloat(told, 64)
	if err != nil {
		t.Fatal(err)
	}
	if now > 2*stored || now < stored/2 {
		t.Errorf("%s is %.1f MB, README.md says %s: make numbers", what, now, told)
	}
}

// started runs a binary until it is ready, or has done its work, and returns how long that
// took, and of a server the most memory it had by then, in MB.
func started(t *testing.T, path, ready string, args ...string) (took time.Duration, memory float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if ready != "" && took == 0 && strings.Contains(lines.Text(), ready) {
			took, memory = time.Since(begin), highest(t, cmd.Process.Pid)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	if ready == "" {
		took = time.Since(begin)
	}
	if took == 0 {
		t.Fatalf("%s was never ready", filepath.Base(path))
	}
	return took, memory
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+([0-9]+) kB$`)

// highest is the most memory that a process has had, in MB. What the system reports of an ended
// one counts the process that started it, too.
func highest(t *testing.T, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		t.Fatalf("/proc/%d/status has no VmHWM:\n%s", pid, status)
	}
	kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes * 1024 / 1e6
}
