//go:build unix

package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/runner"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// script writes a program in shell that stands in for an exporter, and its subject file
// with further members. It writes down its arguments and its environment and runs what
// follows.
func script(t *testing.T, members, then string) (program, subject string) {
	t.Helper()
	dir := t.TempDir()
	program, subject = filepath.Join(dir, "exporter"), filepath.Join(dir, "subject.yaml")
	text := "#!/bin/sh\nenv > $0.env\necho \"$@\" > $0.partial; mv $0.partial $0.args\n" + then + "\n"
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	text = "name: scripted\nversion: 9.1\ncommand: " + program + "\nargs: [serve, --to, $AMPLITUDE_URL, --at, $CURRENTS_LISTEN, --state, $CURRENTS_STATE_DIR]\nready: /\ncapabilities: [custom_http]\n" + members
	if err := os.WriteFile(subject, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return program, subject
}

func minimal(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte("name: test\ndescription: Something happens.\nscale: real time\nphases: [{for: 1s, rate: 1}]\nthresholds: [lost == 0]\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An exporter that lacks what a scenario needs is told apart from one that fails.
func TestStart_cannot(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	for name, tt := range map[string]struct{ members, scenario, want string }{
		"grace":         {"settings: {throttle_pause: [--pause, $VALUE]}\n", "exporter: {credential_grace: 1s}\n", "no setting credential_grace, and 1s is needed"},
		"another pause": {"timings: {throttle_pause: 2s}\n", "exporter: {throttle_pause: 1s}\n", "no setting throttle_pause, and 1s is needed"},
		"what to write": {"", "exporter: {throttle_pause: 2m}\n", "`timings: {throttle_pause: 2m0s}` if that is its pause, or `settings: {throttle_pause: [--its-flag=$VALUE]}` if an argument sets it ($VALUE becomes 2m0s, $SECONDS 120)"},
		"key":           {"", "actions: [{at: 1s, give_key: true}]\n", "no setting api_key_file"},
	} {
		_, subject := script(t, tt.members, "exit 1")
		_, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, tt.scenario))
		if !errors.Is(err, runner.ErrCannot) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want that it cannot, and %q", name, err, tt.want)
		}
	}
}

// The pause that the arguments of a subject set needs no setting.
func TestStart_timingFits(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	_, subject := script(t, "timings: {throttle_pause: 2s}\n", "exit 5")
	_, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, "exporter: {throttle_pause: 2s}\n"))
	if err == nil || errors.Is(err, runner.ErrCannot) || !strings.Contains(err.Error(), "exit code 5") {
		t.Errorf("Start = %v, want that it was started and ended", err)
	}
}

// How an exporter ended that does not even start, and what it printed, is in the error:
// without the API key, and with what commands a terminal escaped.
func TestStart_diesAtOnce(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	program, subject := script(t, "", `printf 'no room for key %s\033[2J\n' "$AMPLITUDE_API_KEY" >&2; exit 3`)
	_, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, ""))
	if err == nil || !strings.Contains(err.Error(), "answered 200, with exit code 3; it printed: no room for key ***\\x1b[2J") {
		t.Errorf("Start = %v, want how it ended and what it printed", err)
	}
	if env := readFile(t, program+".env"); !strings.Contains(env, "AMPLITUDE_URL="+sim.URL+"\n") || !strings.Contains(env, "CURRENTS_LISTEN=127.") {
		t.Errorf("environment %s, want what the contract says", env)
	}
}

// An exporter that never answers is named with the address at which it was to.
func TestStart_neverReady(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	_, subject := script(t, "start_timeout: 300ms\ndrain_timeout: 100ms\n", "echo 'listening at port 1'\ntrap '' TERM\nwhile :; do sleep 0.05; done")
	_, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject}, minimal(t, ""))
	if err == nil || !strings.Contains(err.Error(), "nothing answered at http://127.") || !strings.Contains(err.Error(), "(CURRENTS_LISTEN) in time (waited 300ms: start_timeout;") || !strings.Contains(err.Error(), "; it printed: listening at port 1") {
		t.Errorf("Start = %v, want where it was to listen", err)
	}
}

// The exporter gets its settings, a key of its own, and later another one; Close ends
// it and leaves the simulator as it was.
func TestStart(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	program, subject := script(t, "settings: {throttle_pause: [--pause, $VALUE], api_key_file: [--key, $VALUE]}\n",
		"key=$(sed 's/.*--key \\([^ ]*\\).*/\\1/' $0.args)\n"+
			"trap 'cp $key $0.second' HUP\ntrap 'exit 0' TERM\ncp $key $0.first\n"+answering)
	env, err := runner.Start(t.Context(), runner.Setup{Simulator: sim.URL, Subject: subject},
		minimal(t, "exporter: {throttle_pause: 1500ms}\nsimulator: {clock_scale: 60, limits: {profile: strict}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if env.Versions["exporter"] != "9.1" || env.Versions["simulator"] == "" {
		t.Errorf("versions %v, want those of both", env.Versions)
	}
	args := readFile(t, program+".args")
	for _, want := range []string{"serve --to " + sim.URL + " --at 127.", " --state /", "--pause 1.5s", "--key /"} {
		if !strings.Contains(args, want) {
			t.Errorf("arguments %q lack %q", args, want)
		}
	}
	if got := strings.TrimSpace(readFile(t, program+".first")); got != env.Key || got == sim.Key || strings.Contains(args, got) {
		t.Errorf("its key is %q, want a new one, %q, and not among the arguments", got, env.Key)
	}
	if strings.Contains(readFile(t, program+".env"), env.Key) {
		t.Error("the key that is in a file is in the environment, too")
	}
	if err := runner.GiveKey(env, "another"); err != nil {
		t.Error(err)
	}
	if got := strings.TrimSpace(readFile(t, program+".second")); got != "another" {
		t.Errorf("after SIGHUP its key is %q", got)
	}
	if clock, err := sim.Control.Clock(t.Context()); err != nil || clock.Scale != 60 {
		t.Errorf("clock %+v, %v; want a scale of 60", clock, err)
	}
	if _, err := sim.Control.AddFault(t.Context(), control.Fault{
		Target: control.FaultTarget{APIKey: env.Key}, Do: control.FaultAction{WAF: &control.WAFFault{}},
	}); err != nil {
		t.Fatal(err)
	}
	if slow, err := env.Close(context.Background()); err != nil || len(slow) > 0 {
		t.Error(slow, err)
	}
	if clock, err := sim.Control.Clock(t.Context()); err != nil || clock.Scale != 1 {
		t.Errorf("after Close clock %+v, %v; want a scale of 1", clock, err)
	}
	if faults, err := sim.Control.Faults(t.Context(), ""); err != nil || len(faults) > 0 {
		t.Errorf("after Close faults %v, %v", faults, err)
	}
}

// readFile reads a file as soon as it is there and not empty.
func readFile(t *testing.T, file string) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute) // the machine may be busy
	for {
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			return string(text)
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s does not appear", file)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	if _, err := runner.Find("no-program-has-this-name"); err == nil || !strings.Contains(err.Error(), "neither beside loadgen nor in PATH") {
		t.Errorf("Find = %v", err)
	}
	if path, err := runner.Find("sh"); err != nil || !strings.HasSuffix(path, "/sh") {
		t.Errorf("Find(sh) = %q, %v", path, err)
	}
}
