package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/programtest"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/report"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8") // the scripts wait for what happens in real time; -parallel overrides it
	testscript.Main(cleaning{m}, map[string]func(){"loadgen": main})
}

// cleaning removes what the tests built.
type cleaning struct{ *testing.M }

// Run implements testscript.TestingM.
func (c cleaning) Run() int {
	defer os.RemoveAll(built)
	return c.M.Run()
}

// Scripts find a simulator at $SIM with a key of their own, $KEY, an exporter that
// delivers to it at $EXPORTER, a sink that takes every post at $SINK, and a server that refuses
// every post at $WALL.
func TestScripts(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	started := make(chan struct{})
	var once sync.Once
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/started" {
			once.Do(func() { close(started) })
		}
	}))
	wall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(sink.Close)
	t.Cleanup(wall.Close)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			key, err := sim.Control.CreateKey(t.Context(), control.Key{})
			if err != nil {
				return err
			}
			env.Setenv("SIM", sim.URL)
			env.Setenv("KEY", key.APIKey)
			env.Setenv("SINK", sink.URL)
			env.Setenv("WALL", wall.URL)
			env.Setenv("EXPORTER", startExporter(t, sim.URL, key.APIKey))
			// The machine that runs the tests may be busy.
			env.Setenv("LOADGEN_MAX_LATE", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"summary": checkSummary,
			"code":    exitCode,
			"avro":    writeAvro,
			// binaries sets $SIMULATOR_BIN and $EXPORTER_BIN.
			"binaries": func(ts *testscript.TestScript, _ bool, _ []string) {
				dir, err := binaries()
				ts.Check(err)
				ts.Setenv("SIMULATOR_BIN", filepath.Join(dir, "amplitude-simulator"))
				ts.Setenv("EXPORTER_BIN", filepath.Join(dir, "currents-exporter"))
			},
			// started waits for the first post to $SINK/started.
			"started": func(ts *testscript.TestScript, _ bool, _ []string) {
				select {
				case <-started:
				case <-time.After(20 * time.Second):
					ts.Fatalf("nothing was posted to /started")
				}
			},
		},
	})
}

// startExporter runs an exporter in this process and returns its URL.
func startExporter(t *testing.T, url, key string) string {
	t.Helper()
	x, err := exporter.Open(t.Context(), exporter.Config{URL: url, APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Errorf("exporter: %v", err)
		}
	})
	server := httptest.NewServer(x.Handler())
	t.Cleanup(func() { server.Close(); stop(); work.Wait() })
	return server.URL
}

// built is where the binaries go; TestMain removes it.
var built = filepath.Join(os.TempDir(), "loadgen-test-"+strconv.Itoa(os.Getpid()))

// binaries builds the simulator and the exporter, once.
var binaries = sync.OnceValues(func() (dir string, err error) {
	if err := os.MkdirAll(built, 0o777); err != nil {
		return "", err
	}
	return built, programtest.Build(context.Background(), built, runtime.GOOS,
		"github.com/ammeter/ammeter/simulator/cmd/amplitude-simulator", "github.com/ammeter/ammeter/exporter/cmd/currents-exporter")
})

// checkSummary reads a summary and checks some of it: summary FILE NAME=VALUE...
func checkSummary(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: summary FILE NAME=VALUE...")
	}
	text := ts.ReadFile(args[0])
	if _, err := report.ReadJSON(strings.NewReader(text)); err != nil {
		ts.Fatalf("%v", err)
	}
	for _, arg := range args[1:] {
		path, want, _ := strings.Cut(arg, "=")
		var value any
		ts.Check(json.Unmarshal([]byte(text), &value))
		for name := range strings.SplitSeq(path, ".") {
			members, _ := value.(map[string]any)
			value = members[name]
		}
		if got, err := json.Marshal(value); err != nil || string(got) != want {
			ts.Fatalf("%s is %s, want %s", path, got, want)
		}
	}
}

// exitCode runs a command and checks its exit code: code N COMMAND...
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	if !errors.As(err, &failed) || strconv.Itoa(failed.ExitCode()) != args[0] {
		ts.Fatalf("%q: %v, want exit code %s", args[1:], err, args[0])
	}
}

func TestRatesAndCounts(t *testing.T) {
	t.Parallel()
	held := uint64(7)
	now := runner.Status{Live: loadgen.Live{
		Elapsed: 3 * time.Second, Duration: 10 * time.Second,
		Outcomes: loadgen.Outcomes{Due: 300, Accepted: 200, Throttled: 50, Rejected: 3, Neighbors: 2, Failed: 5, Dropped: 10},
		Sends:    loadgen.Sends{Due: 300, LateClock: 1, LateSenders: 2, Dropped: 10}, InFlight: 30, P99: 1234567 * time.Nanosecond,
	}, Held: &held}
	last := loadgen.Live{Elapsed: time.Second, Outcomes: loadgen.Outcomes{Due: 100, Accepted: 60}, InFlight: 40}
	if got, want := rates(now, last), "offered 100/s  achieved 100/s  p50 0s  p99 1.23ms"; got != want {
		t.Errorf("rates = %q\nwant    %q", got, want)
	}
	if got, want := counts(now), "accepted 200  throttled 50  refused 5  failed 5  held 7  late 3  dropped 10"; got != want {
		t.Errorf("counts = %q\nwant     %q", got, want)
	}
	now.Amplitude = &runner.Arrived{Accepted: 150, Throttled: 12}
	if got, want := atAmplitude(now), "  at Amplitude: accepted 150  throttled 12"; got != want {
		t.Errorf("atAmplitude = %q, want %q", got, want)
	}
	if got := atAmplitude(runner.Status{}); got != "" {
		t.Errorf("at Amplitude that nobody asked = %q, want nothing", got)
	}
	if got := rates(runner.Status{}, loadgen.Live{}); strings.Contains(got, "NaN") {
		t.Errorf("rates of nothing = %q", got)
	}
}

// While an exporter settles, a terminal sees a line that changes and goes away in the
// end; a log sees a line each time.
func TestWaiting(t *testing.T) {
	t.Parallel()
	held := uint64(7)
	for terminal, want := range map[bool]string{
		true:  "\r\x1b[Kloadgen: all is sent; the exporter still holds 7 events after 1s\r\x1b[K",
		false: "loadgen: all is sent; the exporter still holds 7 events after 1s\n",
	} {
		var out strings.Builder
		v, _ := newView(streams{err: &out, terminal: terminal}, &runner.Load{Plan: &scenario.Compiled{Schedule: &loadgen.Schedule{Sends: 1}}})
		v.update(runner.Status{Sent: true, Waited: time.Second, Held: &held})
		v.end()
		if out.String() != want {
			t.Errorf("on a terminal %v: %q, want %q", terminal, out.String(), want)
		}
	}
}

func TestGauge(t *testing.T) {
	t.Parallel()
	for rate, want := range map[uint32]string{
		0:  "░░░░░░░░░░░░░░░░░░░░",
		15: "██████████░░░░░░░░░░",
		30: "████████████████████",
		45: "████████████████████ over the limit",
	} {
		if got := gauge(rate, 30); got != want {
			t.Errorf("gauge(%d, 30) = %q, want %q", rate, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	t.Parallel()
	f, err := os.CreateTemp(t.TempDir(), "terminal")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids := loadgen.Identities{Seed: 1}
	b := newBar(f, 100, ids.Device, 30)
	b.update(runner.Status{Live: loadgen.Live{
		Elapsed: time.Second, Sends: loadgen.Sends{Due: 50}, Outcomes: loadgen.Outcomes{Due: 50, Accepted: 50},
		Top: []loadgen.DeviceRate{{Device: 3, Rate: 45}},
	}})
	b.update(runner.Status{Sent: true, Live: loadgen.Live{Sends: loadgen.Sends{Due: 100}}})
	b.end()
	drawn, _ := os.ReadFile(f.Name())
	for _, want := range []string{"50%", "100%", "accepted 50", ids.Device(3), "over the limit"} {
		if !strings.Contains(string(drawn), want) {
			t.Errorf("terminal lacks %q:\n%q", want, drawn)
		}
	}
}
