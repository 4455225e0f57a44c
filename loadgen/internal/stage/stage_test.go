package stage_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/stage"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// script writes a program in shell that stands in for an exporter. It answers
// --help with help, and otherwise writes its port file and runs what follows.
func script(t *testing.T, help, then string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exporter")
	text := "#!/bin/sh\nif [ \"$2\" = --help ]; then echo '" + help + "'; exit; fi\n" +
		"if [ \"$1\" = version ]; then echo 'exporter 9.1'; exit; fi\n" +
		"echo \"$@\" > " + file + ".args\nwhile [ $# -gt 1 ]; do [ \"$1\" = --port-file ] && port=$2; shift; done\n" + then + "\n"
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func parse(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte("name: test\nstory: Something happens.\nscale: real time\nphases: [{for: 1s, rate: 1}]\nthresholds: [lost == 0]\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An exporter that lacks what a scenario needs is told apart from one that fails.
func TestStart_cannot(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	for name, tt := range map[string]struct{ help, scenario, want string }{
		"grace": {"--throttle-pause=30s", "exporter: {credential_grace: 1s}\n", "no flag --credential-grace"},
		"key":   {"--throttle-pause=30s", "actions: [{at: 1s, give_key: true}]\n", "on SIGHUP"},
	} {
		_, err := stage.Start(t.Context(), stage.Config{Simulator: sim.URL, ExporterBin: script(t, tt.help, "exit 1")}, parse(t, tt.scenario))
		if !errors.Is(err, stage.ErrCannot) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want that it cannot, and %q", name, err, tt.want)
		}
	}
}

// What an exporter said before it ended is in the error.
func TestStart_endsAtOnce(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	binary := script(t, "", "echo 'no room on disk'; exit 3")
	_, err := stage.Start(t.Context(), stage.Config{Simulator: sim.URL, ExporterBin: binary}, parse(t, ""))
	if err == nil || !strings.Contains(err.Error(), "it ended at once: no room on disk") {
		t.Errorf("Start = %v, want its last words", err)
	}
}

// The exporter gets its flags, a key of its own, and later another one; Close ends
// it and leaves the simulator as it was.
func TestStart(t *testing.T) {
	t.Parallel()
	ready := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(ready.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(ready.URL, "http://"), ":")
	sim := simtest.Start(t)
	binary := script(t, "--throttle-pause=30s --data-dir=DIR SIGHUP",
		"key=$(sed 's/.*--api-key-file \\([^ ]*\\).*/\\1/' $0.args)\n"+
			"trap 'cp $key $0.second' HUP\ntrap 'exit 0' TERM\ncp $key $0.first\n"+
			"echo "+port+" > $port.partial; mv $port.partial $port\nwhile :; do sleep 0.05; done")
	set, err := stage.Start(t.Context(), stage.Config{Simulator: sim.URL, ExporterBin: binary},
		parse(t, "exporter: {throttle_pause: 1500ms}\nsimulator: {clock_scale: 60, limits: {profile: strict}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if set.Versions["exporter"] != "9.1" || set.Versions["simulator"] == "" {
		t.Errorf("versions %v, want those of both", set.Versions)
	}
	args := read(t, binary+".args")
	for _, want := range []string{"serve --listen 127.0.0.1:0 --url " + sim.URL, "--throttle-pause 1.5s", "--data-dir "} {
		if !strings.Contains(args, want) {
			t.Errorf("arguments %q lack %q", args, want)
		}
	}
	if got := strings.TrimSpace(read(t, binary+".first")); got != set.Key || got == sim.Key || strings.Contains(args, got) {
		t.Errorf("its key is %q, want a new one, %q, and not among the arguments", got, set.Key)
	}
	if err := set.Exporter.GiveKey(t.Context(), "another"); err != nil {
		t.Error(err)
	}
	if got := strings.TrimSpace(read(t, binary+".second")); got != "another" {
		t.Errorf("after SIGHUP its key is %q", got)
	}
	if clock, err := sim.Control.Clock(t.Context()); err != nil || clock.Scale != 60 {
		t.Errorf("clock %+v, %v; want a scale of 60", clock, err)
	}
	if _, err := sim.Control.AddFault(t.Context(), control.Fault{
		Target: control.FaultTarget{APIKey: set.Key}, Do: control.FaultAction{WAF: &control.WAFFault{}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := set.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if clock, err := sim.Control.Clock(t.Context()); err != nil || clock.Scale != 1 {
		t.Errorf("after Close clock %+v, %v; want a scale of 1", clock, err)
	}
	if faults, err := sim.Control.Faults(t.Context(), ""); err != nil || len(faults) > 0 {
		t.Errorf("after Close faults %v, %v", faults, err)
	}
}

// read reads a file as soon as it is there and not empty.
func read(t *testing.T, file string) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
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
	if _, err := stage.Find("no-program-has-this-name"); err == nil || !strings.Contains(err.Error(), "neither beside loadgen nor in PATH") {
		t.Errorf("Find = %v", err)
	}
	if path, err := stage.Find("sh"); err != nil || !strings.HasSuffix(path, "/sh") {
		t.Errorf("Find(sh) = %q, %v", path, err)
	}
}
