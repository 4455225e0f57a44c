package calibrate

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// FuzzReading reads every probe from one answer, whatever it is: each row gets a verdict with
// a reason or a value of the table.
func FuzzReading(f *testing.F) {
	for _, body := range []string{
		"", "{}", "[]", "null", "<html>", "success", "\xff", `{"code":200,"events_ingested":1,"payload_size_bytes":99,"server_upload_time":1}`,
		`{"code":400,"error":"Invalid API key: x"}`, `{"events_with_missing_fields":{"event_type":[0,"x",null]}}`,
		`{"code":429,"eps_threshold":30,"throttled_devices":{"ammeter-calibrate-r1-rate_window-2-httpapi":31},"throttled_events":[0]}`,
		`{"eps_threshold":-1,"throttled_events":[1]}`, `{"eps_threshold":1e99,"throttled_events":[1]}`, `{"error":7,"throttled_devices":[]}`,
	} {
		f.Add(200, "application/json", body)
		f.Add(429, "text/html; charset", body)
	}
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		cfg := Config{URL: "http://example.test", Key: "key-0123456789", Run: "r1", Numbers: probe.Published(), Limits: true, Texts: true}
		r := &runner{cfg: cfg, expected: cfg.Numbers, masks: newRedactor(&cfg), found: findings{}, defaults: rowDefaults(), result: &Calibration{}}
		for _, m := range r.cfg.probes() {
			var answers []*answer
			for range m.Requests {
				answers = append(answers, parse(status, http.Header{"Content-Type": {kind}}, []byte(body)))
			}
			r.read(m, answers, nil)
		}
		for _, row := range (fidelity.Behavior{}).Rows() {
			got := r.found.row(row, &r.cfg)
			switch {
			case got.Verdict == "":
				t.Errorf("%s: no verdict", row.Name)
			case got.Verdict == Default || got.Verdict == Alternative:
				if row.Name != fidelity.InvalidIDText && row.Switch() && !row.Takes(got.Value) || !row.Switch() && got.Value != row.Default {
					t.Errorf("%s: read as %q, which is no value of it", row.Name, got.Value)
				}
			case got.Why == "":
				t.Errorf("%s: %s without a reason", row.Name, got.Verdict)
			}
		}
	})
}

// FuzzDecode reads calibrations, whatever is in the file, and sums them up.
func FuzzDecode(f *testing.F) {
	whole := Calibration{Schema: Schema, Region: "us", Date: time.Unix(0, 0).UTC(), Rows: []Row{{Name: "error_indexes", Verdict: Alternative, Value: "first"}}}
	text, err := whole.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema":"ammeter/calibration/1","rows":[null,{"name":"json","verdict":"?"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := decode(text)
		if err != nil {
			return
		}
		if _, err := c.Behavior(); err != nil {
			t.Error(err)
		}
		_, _ = c.Contribute("x") // it may hold nothing to contribute
		Compare(c, c)
		c.AddTo((fidelity.Behavior{}).Rows())
		var out strings.Builder
		if err := c.Write(&out); err != nil || !utf8.ValidString(out.String()) {
			t.Errorf("%v: %q", err, out.String())
		}
	})
}

// TestRedactor masks what is known and what a page of a proxy may tell.
func TestRedactor(t *testing.T) {
	t.Parallel()
	cfg := Config{URL: "https://proxy.example.com:8443", Key: "a key/1", Run: "r1"}
	for from, want := range map[string]string{
		"Invalid API key: a key/1":                             "Invalid API key: [key]",
		"?api_key=a+key%2F1":                                   "?api_key=[key]",
		"ammeter-calibrate-r1-rate_window":                     "[device]-rate_window",
		"ammeter-user-r1-x":                                    "[user]-x",
		"dial https://proxy.example.com:8443: refused":         "dial https://[host]: refused",
		"Your address is 10.1.2.3:443, see ops@example.com":    "Your address is [IP address], see [mail address]",
		"ray 3f2a9c5511aa77be and gateway-7.corp":              "ray [id] and [host]",
		"123e4567-e89b-12d3-a456-426614174000 fe80:0:0:0:1::2": "[id] [IP address]",
		`{"code":400,"error":"Invalid JSON request body"}`:     `{"code":400,"error":"Invalid JSON request body"}`,
		"two\nlines\x1b[31m":                                   `two\nlines\x1b[31m`,
		strings.Repeat("é", 400):                               strings.Repeat("é", 300) + " ...",
	} {
		masks := newRedactor(&cfg)
		if got := masks.text(from); got != want {
			t.Errorf("%q became %q, want %q", from, got, want)
		}
		if strings.Contains(want, "[key]") && masks.masked["key"] != 1 {
			t.Errorf("%q: counted %v, want one key", from, masks.masked)
		}
	}
}
