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
	if diff := cmp.Diff(want, got.Process()); diff != "" {
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
	if got.URL != "http://127.0.0.1:1" || got.APIKey != "k" {
		t.Errorf("definition %+v, want the URL and the key", got)
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
		"too deep":              {"name: x\ncommand: y\ntimings:\n  start_timeout: 1s", `[4:3] unknown field "start_timeout": it belongs at the top level`},
		"not deep enough":       {"name: x\ncommand: y\nthrottle_pause: 1s", `[3:1] unknown field "throttle_pause": it belongs under timings`},
		"unknown capability":    {"name: x\ncommand: y\ncapabilities: [fly]", `"fly"`},
		"misspelled capability": {"name: x\ncommand: y\ncapabilities: [custom-http]", `"custom-http": did you mean "custom_http"`},
		"misspelled variable":   {"name: x\ncommand: y\nargs: [--to=$AMPLITUD_URL]", "$AMPLITUD_URL: did you mean $AMPLITUDE_URL"},
		"variable of an input":  {"name: x\ncommand: y\ncapabilities: [quota_parking]\ninputs: {quota_parking: [$CURRENT_DIR]}", "$CURRENT_DIR: did you mean $CURRENTS_DIR"},
		"duration without unit": {"name: x\ncommand: y\ndrain_timeout: 30", "[3:16] drain_timeout: want a positive duration with its unit, such as 10s"},
		"negative duration":     {"name: x\ncommand: y\ndrain_timeout: -1s", "[3:16] drain_timeout: want a positive duration"},
		"duration of a member":  {"name: x\ncommand: y\ntimings:\n  throttle_pause: ten", "[4:19] timings.throttle_pause: want a positive duration"},
		"list for a duration":   {"name: x\ncommand: y\nstart_timeout: [1s]", "[3:16] start_timeout: want a positive duration"},
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

// A mistake in a file must not put what it holds into a log.
func TestParse_quotesNothingOfTheFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"bad indent":         "name: x\n url: http://z\napi_key: S3CRET\n",
		"misspelled member":  "name: x\nurl: http://z\napi_key: S3CRET\napi_kee: S3CRET\n",
		"list for text":      "name: x\nurl: http://z\napi_key: [S3CRET]\n",
		"text for a map":     "name: x\ncommand: y\nenv: S3CRET\n",
		"map for text":       "name: x\ncommand: y\nenv: {TOKEN: {S3CRET: S3CRET}}\n",
		"text for durations": "name: x\ncommand: y\ndrain_timeout: S3CRET\n",
		"unclosed quote":     "name: x\ncommand: y\nenv: {TOKEN: \"S3CRET}\n",
		"unclosed brace":     "name: x\ncommand: y\nenv: {TOKEN: S3CRET\n",
		"member twice":       "name: x\ncommand: y\napi_key: S3CRET\napi_key: S3CRET\n",
		"tab":                "name: x\nenv:\n\tTOKEN: S3CRET\n",
		"JSON":               `{"name":"x","command":"y","env":{"TOKEN":"S3CRET"},}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(strings.NewReader(text), known)
			switch {
			case err == nil:
				t.Error("no error")
			case strings.Contains(err.Error(), "S3CRET"):
				t.Errorf("the error quotes the file: %v", err)
			case strings.Contains(err.Error(), "\n"):
				t.Errorf("the error has more than a line: %q", err)
			}
		})
	}
}

// What is no variable of the contract may be meant for a shell.
func TestParse_otherDollars(t *testing.T) {
	t.Parallel()
	args := "[-c, 'exec $HOME/x --to=$AMPLITUDE_URL/2 $$ $1 $MY_AMPLITUDE_SETTINGS ${x}']"
	if _, err := Parse(strings.NewReader("name: x\ncommand: sh\nargs: "+args+"\n"), known); err != nil {
		t.Error(err)
	}
}

func TestParse_durationByAlias(t *testing.T) {
	t.Parallel()
	d, err := Parse(strings.NewReader("name: x\ncommand: y\nstart_timeout: &t 20s\ndrain_timeout: *t\n"), known)
	if err != nil || d.StartTimeout.Value() != 20*time.Second || d.DrainTimeout.Value() != 20*time.Second {
		t.Errorf("%v, %v, %v; want 20s twice", d.StartTimeout.Value(), d.DrainTimeout.Value(), err)
	}
}

func TestParse_outsideTexts(t *testing.T) {
	t.Parallel()
	const plain = "name: x\ncommand: y\n"
	utf16le := []byte{0xff, 0xfe}
	for _, r := range plain {
		utf16le = append(utf16le, byte(r), 0)
	}
	for name, text := range map[string]string{
		"BOM": "\ufeff" + plain, "UTF-16": string(utf16le), "CRLF": strings.ReplaceAll(plain, "\n", "\r\n"),
	} {
		if d, err := Parse(strings.NewReader(text), known); err != nil || d.Name != "x" || d.Command != "y" {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	for name, text := range map[string]string{
		"two documents": plain + "---\nname: z\n", "a tag on a list": "name: 0>\nenv:\nargs: !0\n0000000000000",
		"empty": "", "deep": "args: " + strings.Repeat("[", 30_000), "huge": "name: " + strings.Repeat("x", 2<<20), "gzip": "\x1f\x8b\x08",
	} {
		if d, err := Parse(strings.NewReader(text), known); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// A version or a value of the environment stays as it is written.
func TestParse_textsThatLookLikeNumbers(t *testing.T) {
	t.Parallel()
	d, err := Parse(strings.NewReader("name: x\nversion: 1.10\ncommand: y\nargs: [-p, 010]\nenv: {A: 0x1F, B: 1_000}\n"), known)
	if err != nil {
		t.Fatal(err)
	}
	if d.Version != "1.10" || d.Args[1] != "010" || d.Env["A"] != "0x1F" || d.Env["B"] != "1_000" {
		t.Errorf("%+v", d)
	}
}
