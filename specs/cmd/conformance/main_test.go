package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammeter/ammeter/exporter"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"conformance":  main,
		"good":         good,
		"deaf":         deaf,
		"never-starts": func() { os.Exit(1) },
	})
}

// TestScripts runs the program as a user does: see testdata/*.txtar.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits}})
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

// good is a conformant exporter.
func good() {
	if err := export(); err != nil {
		os.Exit(1)
	}
}

func export() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	x, err := exporter.New(exporter.Config{
		URL: os.Getenv("AMPLITUDE_URL"), APIKey: os.Getenv("AMPLITUDE_API_KEY"),
		ThrottlePause: time.Second, QuotaPause: time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
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

func serve(h http.Handler) {
	server := &http.Server{Addr: os.Getenv("CURRENTS_LISTEN"), Handler: h, ReadHeaderTimeout: time.Second}
	if server.ListenAndServe() != nil {
		os.Exit(1)
	}
}
