package subject

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var known = []string{"custom_http", "quota_parking"}

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse(strings.NewReader(`
name: some-exporter
version: "1.2"
command: bin/exporter
args: [serve, --quiet]
env: {MODE: test, AREA: eu}
ready: ready
start_timeout: 20s
drain_timeout: 1m
timings: {throttle_pause: 1s, quota_pause: 2s, key_probe: 500ms}
capabilities: [custom_http]
`), known)
	if err != nil {
		t.Fatal(err)
	}
	want := Command{
		Path: "bin/exporter", Args: []string{"serve", "--quiet"}, Env: []string{"AREA=eu", "MODE=test"},
		Ready: "ready", StartTimeout: 20 * time.Second, DrainTimeout: time.Minute,
	}
	if diff := cmp.Diff(want, got.Subject()); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
	if got.Timings.KeyProbe.Value() != 500*time.Millisecond {
		t.Errorf("key_probe = %s, want 500ms", got.Timings.KeyProbe.Value())
	}
}

func TestParse_running(t *testing.T) {
	t.Parallel()
	got, err := Parse(strings.NewReader("name: x\nurl: http://127.0.0.1:1\napi_key: k\n"), known)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Running{BaseURL: "http://127.0.0.1:1"}, got.Subject()); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
}

func TestParse_image(t *testing.T) {
	t.Parallel()
	got, err := Parse(strings.NewReader(`
name: x
image: some/exporter:1
network: bridge
args: [serve]
env: {MODE: test}
inputs: {avro_dir: [export, $CURRENTS_DIR]}
capabilities: [custom_http, avro_dir]
`), append(known, "avro_dir"))
	if err != nil {
		t.Fatal(err)
	}
	want := Container{
		Image: "some/exporter:1", Network: BridgeNetwork, Args: []string{"serve"}, Env: map[string]string{"MODE": "test"},
		Inputs: map[string][]string{"avro_dir": {"export", "$CURRENTS_DIR"}},
	}
	if diff := cmp.Diff(want, got.Subject()); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"no name":               {"command: x", "name is missing"},
		"nothing to start":      {"name: x", "either command, image or url"},
		"command and url":       {"name: x\ncommand: y\nurl: http://z", "either command, image or url"},
		"command and image":     {"name: x\ncommand: y\nimage: z", "either command, image or url"},
		"unknown network":       {"name: x\nimage: y\nnetwork: token-ring", `"token-ring"`},
		"network of a command":  {"name: x\ncommand: y\nnetwork: host", "for an image only"},
		"input not claimed":     {"name: x\ncommand: y\ninputs: {avro_dir: [z]}", `"avro_dir", which is not among`},
		"url without a key":     {"name: x\nurl: http://z", "api_key"},
		"misspelled member":     {"name: x\ncomand: y", "comand"},
		"unknown capability":    {"name: x\ncommand: y\ncapabilities: [fly]", `"fly"`},
		"duration without unit": {"name: x\ncommand: y\ndrain_timeout: 30", `"30"`},
		"negative duration":     {"name: x\ncommand: y\ndrain_timeout: -1s", "must be positive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse(strings.NewReader(tc.text), known)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Parse(%q) = %+v, %v; want an error with %q", tc.text, d, err, tc.want)
			}
		})
	}
}
