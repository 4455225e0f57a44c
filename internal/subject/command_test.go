package subject

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
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
	case "environment":
		fmt.Fprintln(os.Stdout, strings.Join(os.Environ(), "\n"))
		return 0
	case "colors":
		fmt.Fprint(os.Stdout, "\x1b[31mred\x1b[0m\u202egnp\n")
		return 3
	case "mute":
		<-make(chan struct{})
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
		"answered 200, with exit code 7": command("dies"),
		"nothing answered at":            {Path: os.Args[0], Env: []string{"SUBJECT_ROLE=mute"}, StartTimeout: 300 * time.Millisecond},
		"no-such-exporter":               {Path: "./no-such-exporter"},
	} {
		_, err := c.Start(t.Context(), Env{APIKey: key})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Start = %v, want an error with %q", err, name)
		} else if strings.Contains(err.Error(), key) {
			t.Errorf("the error tells the API key: %v", err)
		}
	}
}

// An exporter that answers, but not at the requested path, gets another error than a silent one.
func TestAwaitReady_answersAnotherStatus(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NotFound(w, r)
		if asked.Add(1) > 1 {
			cancel()
		}
	}))
	defer server.Close()
	err := AwaitReady(ctx, server.URL+"/nowhere", nil)
	if err == nil || !strings.Contains(err.Error(), "/nowhere was answered 404 until the end: set ready: in the subject file") {
		t.Errorf("AwaitReady = %v", err)
	}
}

// A command that goes to the background cannot be stopped or killed, and a page that it
// is redirected to is not the exporter.
func TestAwaitReady_background(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/page", http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	ended := make(chan struct{})
	close(ended)
	for path, want := range map[string]string{"/readyz": "run it in the foreground", "/moved": "ended before"} {
		if err := AwaitReady(t.Context(), server.URL+path, ended); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: AwaitReady = %v, want %q", path, err, want)
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

// What this process was told is none of an exporter's business: a proxy would come between
// it and the simulator, and a key or setting of ours would change what it does.
func TestCommand_environmentIsClean(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("CONFORMANCE_SEED", "7")
	t.Setenv("AMPLITUDE_API_KEY", "of somebody else")
	c := command("environment")
	c.Env = append(c.Env, "MODE=test")
	output, err := c.Read(t.Context(), Env{AmplitudeURL: "http://amplitude.test", APIKey: key}, Input{Kind: "ndjson_stdin", Stdin: []byte{}})
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"PATH", "HOME", "TMPDIR", "LANG", "MODE", "SUBJECT_ROLE",
		"AMPLITUDE_URL", "AMPLITUDE_API_KEY", "CURRENTS_INPUT", "CURRENTS_DIR",
	}
	seen := map[string]string{}
	for line := range strings.Lines(string(output)) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			seen[name] = value
			if !slices.Contains(allowed, name) {
				t.Errorf("it has the variable %s", name)
			}
		}
	}
	if seen["MODE"] != "test" || seen["AMPLITUDE_API_KEY"] != key || seen["PATH"] == "" {
		t.Errorf("it lacks what it is to have: %v", seen)
	}
}

// A shell that does not exec the program must not leave it behind, however it ends.
func TestCommand_wrapperLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	for name, end := range map[string]func(Instance) error{
		"stopped": func(i Instance) error { return i.Stop(t.Context()) },
		"killed":  func(i Instance) error { return i.(Killer).Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := command("good")
			c.Path, c.Args = "sh", []string{"-c", `"$0"; true`, os.Args[0]}
			i, err := c.Start(t.Context(), Env{APIKey: key})
			if err != nil {
				t.Fatal(err)
			}
			_ = end(i) // the shell ends by the signal
			if resp, err := http.Get(i.URL() + "/up"); err == nil {
				_ = resp.Body.Close()
				t.Error("the program behind the shell still answers")
			}
			if name == "stopped" && !strings.Contains(string(i.Output()), "bye") {
				t.Errorf("the program behind the shell did not end in its own time: %q", i.Output())
			}
		})
	}
}

func TestCommand_showsEscapesAsText(t *testing.T) {
	t.Parallel()
	_, err := command("colors").Start(t.Context(), Env{APIKey: key})
	if err == nil || !strings.Contains(err.Error(), `\x1b[31mred\x1b[0m\u202egnp`) {
		t.Errorf("Start = %v", err)
	}
}

func TestCommand_reportsItsDeath(t *testing.T) {
	t.Parallel()
	i, err := command("good").Start(t.Context(), Env{APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	dying := i.(*child)
	if death := dying.Died(); death != nil {
		t.Errorf("it died before its end: %v", death)
	}
	if err := dying.cmd.Process.Kill(); err != nil { // not by Kill: it was not told
		t.Fatal(err)
	}
	<-dying.ended
	if death := dying.Died(); death == nil || !strings.Contains(death.How, "signal 9") || !strings.Contains(string(death.Output), "key ") {
		t.Errorf("Died = %+v, want the signal and the output", death)
	}
	if err := i.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "had ended by itself: signal 9") {
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

// A path that is right as seen from the subject file is looked for in the working directory,
// and the error says so, whether it is the program or what an interpreter is to read.
func TestCommand_besideItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.sh"), []byte("exit 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for start, file := range map[string]string{
		"command: ./mine.sh":             "subject.yaml",
		"command: sh\nargs: [mine.sh]":   "subject.yaml",
		"command: sh\nargs: [./mine.sh]": "below/subject.yaml",
	} {
		file := filepath.Join(dir, file)
		if err := os.WriteFile(file, []byte("name: mine\n"+start+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Load(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Process().Start(t.Context(), Env{})
		if want := "mine.sh is in " + dir + " and was looked for in /"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", start, err, want)
		}
	}
}

func TestCommand_notThere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/usr/bin/no-such-program x.py": "put the arguments into args",
		"./no-such-program":             "looked for in /",
	} {
		_, err := Command{Path: path}.Start(t.Context(), Env{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
