package exporter_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// refuser answers as Amplitude does to a key that it refuses.
type refuser struct{}

func (refuser) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusBadRequest, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"code":400,"error":"Invalid API key"}`)),
	}, nil
}

// While the key is refused, the hours that are left of its grace count down.
func TestExporter_graceLeft(t *testing.T) {
	t.Parallel()
	c := newClock()
	x := start(t, exporter.Config{APIKey: "key", Transport: refuser{}, Clock: c})
	post(t, x, open("event-00001", "user-0003"))
	const metric = "currents_exporter_api_key_grace_left_seconds "
	if got := scrape(t, x); strings.Contains(got, metric) || !strings.Contains(got, "currents_exporter_ready 0\n") {
		t.Errorf("before delivery there is a grace, or it is ready:\n%s", got)
	}
	running(t, x)
	await(t, "48 hours of grace", func() bool { return strings.Contains(scrape(t, x), metric+"172800\n") })
	c.advance(time.Hour)
	if got := scrape(t, x); !strings.Contains(got, metric+"169200\n") || !strings.Contains(got, "currents_exporter_ready 1\n") {
		t.Errorf("an hour later 47 hours are not left, or it is not ready:\n%s", got)
	}
}

// While an input is read, a scrape says how far, and how old the input is.
func TestExporter_inputMetrics(t *testing.T) {
	t.Parallel()
	c := newClock()
	file := filepath.Join(t.TempDir(), "a.ndjson")
	text := open("event-00001", "user-0003") + "\nnot JSON\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	written := c.Now().Add(-90 * time.Second)
	if err := os.Chtimes(file, written, written); err != nil {
		t.Fatal(err)
	}
	sources, err := exporter.Paths(nil, file)
	if err != nil {
		t.Fatal(err)
	}
	var x *exporter.Exporter
	during := ""
	x = start(t, exporter.Config{
		APIKey: "key", Clock: c, Transport: throttler{}, OnBadInput: func(error) { during = scrape(t, x) },
	})
	if err := x.Export(t.Context(), sources...); err != nil {
		t.Fatal(err)
	}
	size := strconv.Itoa(len(text))
	for _, tc := range []struct{ scrape, want, unwanted string }{
		{during, "currents_exporter_input_age_seconds 90\n", "inputs_finished_total 1"},
		{during, "currents_exporter_input_size_bytes " + size + "\n", "input_position_bytes 0\n"},
		{scrape(t, x), "currents_exporter_inputs_finished_total 1\n", "input_size_bytes "},
		{scrape(t, x), "currents_exporter_input_age_seconds 0\n", "input_position_bytes "},
	} {
		if !strings.Contains(tc.scrape, tc.want) || strings.Contains(tc.scrape, "currents_exporter_"+tc.unwanted) {
			t.Errorf("want %q without %q:\n%s", tc.want, tc.unwanted, tc.scrape)
		}
	}
}
