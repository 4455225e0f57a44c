//go:build unix

package runner_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// An exporter that dies in the middle is in the summary with its signal and its last
// lines, and what it took and did not deliver is lost.
func TestRun_exporterDies(t *testing.T) {
	t.Parallel()
	s := parse(t, "phases: [{for: 1s, rate: 50}]\nsettle: 100ms\nthresholds: [lost == 0]\n")
	sim := simtest.Start(t)
	_, subject := script(t, "", standIn+"=5 exec "+os.Args[0])
	env, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, s)
	if err != nil {
		t.Fatal(err)
	}
	summary, _, err := play(t.Context(), s, env)
	if err != nil {
		t.Fatal(err)
	}
	if slow, err := env.Close(context.Background()); err != nil || len(slow) > 0 {
		t.Error(slow, err)
	}
	if len(summary.Deaths) != 1 {
		t.Fatalf("deaths %+v, want one", summary.Deaths)
	}
	d := summary.Deaths[0]
	want := loadgen.Death{Program: "exporter", How: "signal 9 (killed)", After: d.After, Output: []string{`\x1b[31mlast words`}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("death (-want +got):\n%s", diff)
	}
	if summary.Verdict != loadgen.Valid || summary.Conservation.Lost == 0 || summary.Broken() != 1 {
		t.Errorf("verdict %q, conservation %+v, thresholds %+v", summary.Verdict, summary.Conservation, summary.Goals)
	}
	if err := summary.Validate(); err != nil {
		t.Error(err)
	}
}

// An exporter that does not end when it is asked is killed, and that is told.
func TestClose_ignoresTheSignal(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	_, subject := script(t, "drain_timeout: 100ms\n", "trap '' TERM\n"+answering)
	env, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	slow, err := env.Close(context.Background())
	if err != nil || strings.Join(slow, "; ") != "the exporter did not end within 100ms of SIGTERM and was killed" {
		t.Errorf("Close = %q, %v", slow, err)
	}
}

// What a wrapper puts into the background, in a session of its own, is ended as well.
func TestClose_leavesNothingBehind(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("this system does not show the environment of a process")
	}
	sim := simtest.Start(t)
	program, subject := script(t, "", "setsid sleep 600 &\nsetsid sh -c 'echo $$ > $0; exec sleep 600' $0.pid &\n"+answering)
	env, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(readFile(t, program+".pid")))
	if err != nil {
		t.Fatal(err)
	}
	if slow, err := env.Close(context.Background()); err != nil || len(slow) > 0 {
		t.Error(slow, err)
	}
	awaitEnd(t, pid)
}

// awaitEnd waits until a process has ended.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(stat), ") Z ") {
			return // ended, and not collected
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("process %d goes on", pid)
		}
	}
}
