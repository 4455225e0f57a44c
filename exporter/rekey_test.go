package exporter_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// distinct are n events, each of a user of its own.
func distinct(prefix string, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(open(fmt.Sprintf("%s-event-%05d", prefix, i), fmt.Sprintf("%s-user-%05d", prefix, i)) + "\n")
	}
	return b.Bytes()
}

// refusing answers uploads as for a bad key.
type refusing struct {
	// passes reports which uploads go through all the same, and taken of those that
	// did; nil: none does.
	passes func(body []byte) bool
	taken  func(body []byte)
	due    func() bool // when others are refused; nil: at once
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if r.passes != nil && r.passes(body) {
		through := req.Clone(req.Context())
		through.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := http.DefaultTransport.RoundTrip(through)
		if err == nil {
			r.taken(body)
		}
		return resp, err
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for r.due != nil && !r.due() {
		select {
		case <-tick.C:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(`{"code":400,"error":"Invalid API key: refused"}`)),
	}, nil
}

// A new key is tried at once, and OnKey is called.
func TestExporter_SetAPIKey(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := simtest.Start(t)
	states := make(chan status.KeyState, 10)
	x := start(t, exporter.Config{
		URL: sim.URL, APIKey: "unknown-key", OnKey: func(k status.KeyState) { states <- k },
		// The waits between probes are long, so that only the change can be why.
		Random: func() float64 { return 0.999 },
	})
	stop := running(t, x)
	post(t, x, open("event-00000", "user-0001"))
	if k := <-states; !k.Refused || k.Held != 1 || k.Since.IsZero() {
		t.Errorf("told %+v, want refused with 1 held", k)
	}
	if got := scrape(t, x); !strings.Contains(got, "currents_exporter_api_key_refused 1\n") {
		t.Errorf("metrics do not show that the key is refused:\n%s", got)
	}
	began := time.Now()
	if err := x.SetAPIKey(sim.Key); err != nil {
		t.Fatal(err)
	}
	if k := <-states; k.Refused {
		t.Errorf("told %+v, want accepted", k)
	}
	if _, err := x.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the new key was tried after %v", took)
	}
	stop()
	ledger, err := sim.Control.Ledger(ctx, sim.Key)
	if err != nil || ledger.Outcomes[control.Accepted] != 1 {
		t.Errorf("outcomes %v, %v; want 1 accepted", ledger.Outcomes, err)
	}
	got := scrape(t, x)
	for _, want := range []string{
		"currents_exporter_api_key_refused 0\n", "currents_exporter_events_accepted_total 1\n",
		"currents_exporter_events_held 0\n", "currents_exporter_oldest_held_seconds 0\n",
		`currents_exporter_answers_total{class="success"} 1`, `currents_exporter_answers_total{class="setup"} `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("metrics lack %q:\n%s", want, got)
		}
	}
	for _, secret := range []string{sim.Key, "unknown-key", "user-0001", "event-00000"} {
		if strings.Contains(got, secret) {
			t.Errorf("metrics show %q", secret)
		}
	}
}

func TestExporter_SetAPIKey_refuses(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key"})
	for _, key := range []string{"", strings.Repeat("k", 1000)} {
		if err := x.SetAPIKey(key); err == nil {
			t.Errorf("a key of %d characters is taken", len(key))
		}
	}
}

func scrape(t *testing.T, x *exporter.Exporter) string {
	t.Helper()
	w := httptest.NewRecorder()
	x.StatusHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d", w.Code)
	}
	return w.Body.String()
}

// The connector's surface and the operator's are apart.
func TestExporter_handlers(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key"})
	for _, row := range []struct {
		name    string
		handler http.Handler
		want    map[string]int
	}{
		{"all", x.Handler(), map[string]int{"/events": 405, "/healthz": 200, "/readyz": 503, "/stats": 200, "/metrics": 200}},
		{"posts", x.PostHandler(), map[string]int{"/events": 405, "/healthz": 200, "/readyz": 503, "/stats": 404, "/metrics": 404}},
		{"status", x.StatusHandler(), map[string]int{"/events": 404, "/healthz": 200, "/readyz": 503, "/stats": 200, "/metrics": 200}},
	} {
		for path, want := range row.want {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
			r.RemoteAddr, r.Host = "127.0.0.1:4711", "127.0.0.1"
			row.handler.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s: GET %s: %d, want %d", row.name, path, w.Code, want)
			}
		}
	}
}
