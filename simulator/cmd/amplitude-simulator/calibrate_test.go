package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// calibrated runs the command with a directory for its files. It returns the exit code and
// what was printed.
func calibrated(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"calibrate", "--out", dir}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func keyFile(t *testing.T, key string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCalibrate_refused sends nothing without a key or an agreement.
func TestCalibrate_refused(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	key, empty := keyFile(t, sim.Key), keyFile(t, "")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no key":                {[]string{"--url", sim.URL}, exitKey, "--api-key-file"},
		"an empty key":          {[]string{"--url", sim.URL, "--api-key-file", empty}, exitKey, "it is empty"},
		"a key that is refused": {[]string{"--url", sim.RegionURL("eu"), "--region", "eu", "--api-key-file", key}, exitKey, "the API key is refused"},
		"production":            {[]string{"--api-key-file", key}, exitUsage, "--allow-production"},
		"production, by name":   {[]string{"--url", "https://API2.Amplitude.com.", "--api-key-file", key}, exitUsage, "cannot be deleted"},
		"production in Europe":  {[]string{"--region", "eu", "--api-key-file", key}, exitUsage, "api.eu.amplitude.com is a host of Amplitude"},
		"the real Braze":        {[]string{"--url", sim.URL, "--braze-url", "https://rest.iad-01.braze.com", "--api-key-file", key}, exitUsage, "is a host of Braze"},
		"another real region":   {[]string{"--url", sim.URL, "--other-region-url", "https://api.eu.amplitude.com", "--api-key-file", key}, exitUsage, "is a host of Amplitude"},
		"credentials for Braze": {[]string{"--url", sim.URL, "--braze-partner-key-file", key, "--api-key-file", key}, exitUsage, "does nothing without --braze-url"},
		"limits unanswered":     {[]string{"--url", sim.URL, "--api-key-file", key, "--limits"}, exitUsage, "give --yes"},
		"yes to nothing":        {[]string{"--url", sim.URL, "--api-key-file", key, "--yes"}, exitUsage, "--yes does nothing without --limits"},
		"another region":        {[]string{"--region", "moon", "--api-key-file", key}, exitUsage, "want us or eu"},
		"no URL":                {[]string{"--url", "nowhere", "--api-key-file", key}, exitUsage, "want http:// or https://"},
		"no such row":           {[]string{"--url", sim.URL, "--api-key-file", key, "--rows", "nothing"}, exitUsage, `row "nothing"`},
		"nothing to see":        {[]string{"--url", sim.URL, "--api-key-file", key, "--rows", "waf_answer"}, exitFailed, "nothing was observed"},
		"nobody there":          {[]string{"--url", "http://127.0.0.1:1", "--api-key-file", key}, exitFailed, "nothing was observed: 3 calls in a row failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			code, _, stderr := calibrated(t, dir, c.args...)
			if code != c.code || !strings.Contains(stderr, c.want) || strings.Contains(stderr, sim.Key) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, c.code, c.want, stderr)
			}
			if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
				t.Errorf("files %v, %v; want none", files, err)
			}
		})
	}
}

// TestCalibrate_directory sends nothing if its result could not be written, or would replace
// an older one.
func TestCalibrate_directory(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	key := keyFile(t, sim.Key)
	code, _, stderr := calibrated(t, key, "--url", sim.URL, "--api-key-file", key) // a file in place of the directory
	if code != exitFailed || !strings.Contains(stderr, "nothing was sent: --out") {
		t.Errorf("exit code %d, want %d:\n%s", code, exitFailed, stderr)
	}
	older := t.TempDir()
	if err := os.WriteFile(filepath.Join(older, "behavior.yaml"), []byte("behavior: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = calibrated(t, older, "--url", sim.URL, "--api-key-file", key)
	if code != exitUsage || !strings.Contains(stderr, "nothing was sent: --out") || !strings.Contains(stderr, "behavior.yaml: it is there already") {
		t.Errorf("exit code %d, want %d:\n%s", code, exitUsage, stderr)
	}
	taken := t.TempDir()
	if err := os.Mkdir(filepath.Join(taken, "calibration.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = calibrated(t, taken, "--url", sim.URL, "--api-key-file", key)
	if code != exitFailed || !strings.Contains(stderr, "nothing was sent: --out") || !strings.Contains(stderr, "calibration.json is a directory") {
		t.Errorf("exit code %d, want %d:\n%s", code, exitFailed, stderr)
	}
	if ledger, err := sim.Control.Ledger(t.Context(), sim.Key); err != nil || ledger.Requests > 0 {
		t.Errorf("ledger %+v, %v; want no request", ledger, err)
	}
}

// TestCalibrate_foreign writes nothing about what is not the API.
func TestCalibrate_foreign(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Welcome</html>")) // the client reads it
	}))
	defer page.Close()
	dir := t.TempDir()
	code, _, stderr := calibrated(t, dir, "--url", page.URL, "--api-key-file", keyFile(t, "0123456789abcdef"))
	if code != exitForeign || !strings.Contains(stderr, "not the Amplitude API") || !strings.Contains(stderr, "nothing was written") {
		t.Errorf("exit code %d, want %d:\n%s", code, exitForeign, stderr)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("files %v, %v; want none", files, err)
	}
}

// TestCalibrate_stopped keeps what was seen until a project is throttled.
func TestCalibrate_stopped(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.FrozenAt(time.Time{}), simulator.WithLimits(control.Limits{ProjectRequestsPerSecond: new(8)}))
	dir := t.TempDir()
	code, stdout, stderr := calibrated(t, dir, "--url", sim.URL, "--api-key-file", keyFile(t, sim.Key))
	if code != exitStopped || !strings.Contains(stderr, "the project is throttled") || !strings.Contains(stdout, "What it had seen until then is kept.") {
		t.Errorf("exit code %d, want %d:\n%s\n%s", code, exitStopped, stdout, stderr)
	}
	for _, name := range []string{"calibration.json", "behavior.yaml"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(text, []byte("answer_headers")) || bytes.Contains(text, []byte(sim.Key)) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// TestCalibrate_limits prompts for nothing with --yes, and prints before what it costs.
func TestCalibrate_limits(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simulator.WithBehavior("retry_after", "present"))
	code, stdout, stderr := calibrated(t, t.TempDir(), "--url", sim.URL, "--api-key-file", keyFile(t, sim.Key), "--limits", "--yes", "--rows", "rejected_events_count")
	if code != 0 || !strings.Contains(stderr, "2 events stay in the project") || !strings.Contains(stderr, "probing: too_many_at_once on /2/httpapi") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
	for _, want := range []string{
		"rejected_events_count     guess      as the default     no\n", "retry_after               published  as alternative     present\n",
		"4 requests, 2 events accepted. They stay in the project, at the device ammeter-calibrate-",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	for answer, agreed := range map[string]bool{"yes\n": true, "Y\n": true, "no\n": false, "": false, "\n": false, "yes": true} {
		var asked bytes.Buffer
		if err := confirm(strings.NewReader(answer), &asked); (err == nil) != agreed || !strings.Contains(asked.String(), "count toward the volume") {
			t.Errorf("%q: %v, want agreed %v; asked %q", answer, err, agreed, asked.String())
		}
	}
}
