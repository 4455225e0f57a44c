package subject

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

const key = "very-secret-key"

// TestMain lets the test binary play the exporter that the tests start.
func TestMain(m *testing.M) {
	role := os.Getenv("SUBJECT_ROLE")
	if role == "" {
		os.Exit(m.Run())
	}
	os.Exit(play(role))
}

func play(role string) int {
	fmt.Fprintln(os.Stdout, "key", os.Getenv("AMPLITUDE_API_KEY"))
	switch role {
	case "dies":
		return 7
	case "reads":
		return read()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /up", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, os.Getenv("AMPLITUDE_URL"))
	})
	go func() { _ = http.ListenAndServe(os.Getenv("CURRENTS_LISTEN"), mux) }()
	<-ctx.Done()
	if role == "hangs" {
		<-make(chan struct{})
	}
	fmt.Fprintln(os.Stderr, "bye")
	return 0
}

// read plays an exporter that reads an input and ends.
func read() int {
	fmt.Fprintf(os.Stdout, "%s with %v", os.Getenv("CURRENTS_INPUT"), os.Args[1:])
	if dir := os.Getenv("CURRENTS_DIR"); dir != "" {
		fmt.Fprintf(os.Stdout, " in %s", dir)
	}
	fmt.Fprintln(os.Stdout)
	_, _ = io.Copy(os.Stdout, os.Stdin)
	return 0
}

func command(role string) Command {
	return Command{Path: os.Args[0], Env: []string{"SUBJECT_ROLE=" + role}, Ready: "/up", DrainTimeout: 10 * time.Second}
}

func TestCommand_startsAndEnds(t *testing.T) {
	t.Parallel()
	i, err := command("good").Start(t.Context(), Env{AmplitudeURL: "http://amplitude.test", APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(i.URL() + "/up")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if told, _ := io.ReadAll(resp.Body); string(told) != "http://amplitude.test" {
		t.Errorf("the exporter was told AMPLITUDE_URL %q", told)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Errorf("Stop = %v", err)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Errorf("second Stop = %v", err)
	}
	if got := string(i.Output()); got != "key "+key+"\nbye\n" {
		t.Errorf("Output = %q", got)
	}
}

func TestCommand_tellsWhyItDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Command{
		"ended before":     command("dies"),
		"did not answer":   {Path: os.Args[0], Env: []string{"SUBJECT_ROLE=good"}, Ready: "/nowhere", StartTimeout: 300 * time.Millisecond},
		"no-such-exporter": {Path: "./no-such-exporter"},
	} {
		_, err := c.Start(t.Context(), Env{APIKey: key})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Start = %v, want an error with %q", err, name)
		} else if strings.Contains(err.Error(), key) {
			t.Errorf("the error tells the API key: %v", err)
		}
	}
}

func TestCommand_killsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	c := command("hangs")
	c.DrainTimeout = 50 * time.Millisecond
	i, err := c.Start(t.Context(), Env{APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "did not end within 50ms") {
		t.Errorf("Stop = %v", err)
	}
}

func TestRunning(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	i, err := Running{BaseURL: server.URL + "/"}.Start(t.Context(), Env{})
	if err != nil {
		t.Fatal(err)
	}
	if i.URL() != server.URL || i.Output() != nil || i.Stop(t.Context()) != nil {
		t.Errorf("instance = %q, %q", i.URL(), i.Output())
	}
}
