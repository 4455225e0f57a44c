package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

func TestMain(m *testing.M) {
	testscript.Main(waiting{m}, map[string]func(){
		"conformance":  main,
		"good":         good,
		"deaf":         deaf,
		"astray":       astray,
		"mute":         mute,
		"mortal":       mortal,
		"stubborn":     stubborn,
		"liar":         func() {},
		"never-starts": func() { os.Exit(1) },
	})
}

// waiting runs eight scripts at a time, for they wait for pauses of exporters; -parallel
// overrides it. It is for this process alone: Ginkgo refuses the flag in what it runs.
type waiting struct{ *testing.M }

// Run implements testscript.TestingM.
func (w waiting) Run() int {
	_ = flag.Set("test.parallel", "8")
	return w.M.Run()
}

// TestScripts runs the program as a user does: see testdata/*.txtar.
func TestScripts(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	const key = "key-of-the-running-exporter"
	running := startExporter(t, sim.URL, key)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "replace": replace, "seal": seal, "silence": silence, "noticed": noticed, "stopped": stopped, "bom": bom},
		Setup: func(env *testscript.Env) error {
			env.Setenv("SIMULATOR", sim.URL)
			definition := "name: running\nurl: " + running + "\napi_key: " + key + "\ntimings: {throttle_pause: 1s}\ncapabilities: [custom_http]\n"
			return os.WriteFile(filepath.Join(env.WorkDir, "running.yaml"), []byte(definition), 0o644)
		},
	})
}

// startExporter starts an exporter that runs until the test ends.
func startExporter(t *testing.T, amplitude, key string) string {
	t.Helper()
	x, err := exporter.Open(t.Context(), exporter.Config{URL: amplitude, APIKey: key, ThrottlePause: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(x.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- x.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		server.Close()
		if err := <-ended; err != nil {
			t.Errorf("running exporter: %v", err)
		}
	})
	return server.URL
}

// exits runs a program and checks its exit code: exits 3 conformance --list.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		code = failed.ExitCode()
	case err != nil:
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// replace puts one text into a file in place of another: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	before, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(before, []byte(args[1])) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, bytes.Replace(before, []byte(args[1]), []byte(args[2]), 1), 0o644))
}

// bom puts a byte order mark before a file: bom FILE.
func bom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bom FILE")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, append([]byte("\ufeff"), text...), 0o644))
}

// stopped runs a program and sends it a signal when it has judged something: with another one
// at the same time, if that is to be doubled, and again and again once it has said that it
// stops, if it is to be stopped twice: stopped once|doubled|twice INT|TERM|HUP PROGRAM ARG...
func stopped(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: stopped once|doubled|twice INT|TERM|HUP PROGRAM ARG...")
	}
	how, signal := args[0], map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[1]]
	args = args[2:]
	program := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if at := filepath.Join(dir, args[0]); program == "" {
			if _, err := os.Stat(at); err == nil {
				program = at
			}
		}
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Stdout = ts.Stdout()
	cmd.Dir, cmd.Env = ts.MkAbs("."), []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	sent := false
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		switch line := lines.Text(); {
		case !sent && strings.Contains(line, "requirements judged"):
			sent = true
			ts.Check(cmd.Process.Signal(signal))
			if how == "doubled" {
				ts.Check(cmd.Process.Signal(os.Interrupt)) // the system merges two of a kind
			}
		case how == "twice" && strings.Contains(line, "a second signal ends at once"):
			go signalUntil(ended, cmd.Process, signal)
		}
	}
	err = cmd.Wait()
	close(ended)
	if !sent {
		ts.Fatalf("it ended (%v) before it was stopped", err)
	}
	if code := cmd.ProcessState.ExitCode(); code != report.ExitHarness {
		ts.Fatalf("it ended with %v, want exit code %d", cmd.ProcessState, report.ExitHarness)
	}
}

// signalUntil sends a signal again and again: one that comes right behind the first is no
// second one.
func signalUntil(ended <-chan struct{}, process *os.Process, signal os.Signal) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = process.Signal(signal) // it may have ended
		case <-ended:
			return
		}
	}
}

// seal computes the digests of a results.json anew, as a forger would: seal FILE.
func seal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: seal FILE")
	}
	rewrite(ts, args[0], func(*report.Results) {})
}

// silence takes out of a results.json what the exporter sent: silence FILE.
func silence(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: silence FILE")
	}
	rewrite(ts, args[0], func(r *report.Results) {
		for i := range r.Recordings {
			r.Recordings[i].Traffic.Events, r.Recordings[i].Traffic.Requests = nil, nil
		}
	})
}

// noticed checks that in each recording of a results.json a requirement fails if an event that
// was taken is lost, be it the first or the last: noticed FILE.
func noticed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: noticed FILE")
	}
	for _, order := range []func([]verdict.Posted) iter.Seq2[int, verdict.Posted]{slices.All[[]verdict.Posted], slices.Backward[[]verdict.Posted]} {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		results, err := report.ReadJSON(bytes.NewReader(text))
		ts.Check(err)
		for i := range results.Recordings {
			lose(&results.Recordings[i].Traffic, order)
		}
		v, err := specs.Verify(context.Background(), results)
		ts.Check(err)
		var unnoticed []string
		all := strings.Join(v.Differences, "\n")
		for _, recording := range results.Recordings {
			if !slices.ContainsFunc(results.Requirements, func(r report.Row) bool {
				return slices.Contains(r.Recordings, recording.Name) && strings.Contains(all, r.ID+" is told to be "+string(r.Outcome)+"; the wire log says fail")
			}) {
				unnoticed = append(unnoticed, recording.Name)
			}
		}
		if len(unnoticed) > 0 {
			ts.Fatalf("a lost event fails no requirement in the recordings %v", unnoticed)
		}
	}
}

// lose takes out of a wire log the first event in that order that had to be delivered, and was.
func lose(t *verdict.Traffic, order func([]verdict.Posted) iter.Seq2[int, verdict.Posted]) {
	for _, p := range order(t.Posted) {
		if p.Want != nil && p.Taken && !p.Optional {
			t.Events = slices.DeleteFunc(t.Events, func(e control.Event) bool {
				return e.InsertID == p.ID && (e.Outcome == control.Accepted || e.Outcome == control.Duplicate)
			})
			return
		}
	}
}

// rewrite changes a results.json, with the digests made to match.
func rewrite(ts *testscript.TestScript, file string, change func(*report.Results)) {
	path := ts.MkAbs(file)
	text, err := os.ReadFile(path)
	ts.Check(err)
	results, err := report.ReadJSON(bytes.NewReader(text))
	ts.Check(err)
	change(&results)
	ts.Check(results.Write(filepath.Dir(path)))
}

// good is a conformant exporter.
func good() {
	if err := export(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func export() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	x, err := exporter.Open(ctx, exporter.Config{
		URL: os.Getenv("AMPLITUDE_URL"), APIKey: os.Getenv("AMPLITUDE_API_KEY"),
		ThrottlePause: time.Second, QuotaPause: time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	if input := os.Getenv("CURRENTS_INPUT"); input != "" {
		path := map[string]string{"ndjson_stdin": "-", "avro_dir": os.Getenv("CURRENTS_DIR"), "avro_s3": os.Getenv("CURRENTS_S3_URL")}[input]
		inputs, err := x.OpenInputs(ctx, exporter.InputsConfig{Paths: []string{path}, Stdin: os.Stdin})
		if err != nil {
			return err
		}
		found, err := inputs.List(ctx)
		if err == nil {
			err = x.Export(ctx, found.Sources...)
		}
		return errors.Join(err, inputs.Close())
	}
	go serve(x.Handler())
	delivering, end := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- x.Run(delivering) }()
	<-ctx.Done()
	_, err = x.Drain(context.Background())
	end()
	return errors.Join(err, <-ended)
}

// deaf takes every event and sends none.
func deaf() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	<-ctx.Done()
}

// astray sends what it takes to a path that Amplitude does not have.
func astray() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			resp, err := http.Post(os.Getenv("AMPLITUDE_URL")+"/httpapi/"+os.Getenv("AMPLITUDE_API_KEY"), "application/json", r.Body)
			if err == nil {
				_ = resp.Body.Close()
			}
		}
	}))
	<-ctx.Done()
}

// mortal dies of its first post, in colors.
func mortal() {
	go serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprintf(os.Stderr, "\x1b[31mpanic\x1b[0m: no such index, key %s, token %s\u202e\n", os.Getenv("AMPLITUDE_API_KEY"), os.Getenv("TOKEN"))
			os.Exit(3)
		}
	}))
	select {}
}

// stubborn is a conformant exporter that cannot be told to end.
func stubborn() {
	signal.Ignore(syscall.SIGTERM)
	x, err := exporter.Open(context.Background(), exporter.Config{URL: os.Getenv("AMPLITUDE_URL"), APIKey: os.Getenv("AMPLITUDE_API_KEY")})
	if err != nil {
		os.Exit(1)
	}
	go serve(x.Handler())
	_ = x.Run(context.Background())
}

// mute runs, and listens nowhere.
func mute() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
}

func serve(h http.Handler) {
	server := &http.Server{Addr: os.Getenv("CURRENTS_LISTEN"), Handler: h, ReadHeaderTimeout: time.Second}
	if server.ListenAndServe() != nil {
		os.Exit(1)
	}
}
