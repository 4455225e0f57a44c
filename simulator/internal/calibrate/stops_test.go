package calibrate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
)

// TestRun_foreign has something else answer than the API of today.
func TestRun_foreign(t *testing.T) {
	t.Parallel()
	const accepted = `{"code":200,"events_ingested":1,"payload_size_bytes":99,"server_upload_time":1}`
	for name, c := range map[string]struct {
		status       int
		kind, answer string
		want         string
		is           error
	}{
		"a proxy's page":                       {200, "text/html", "<html><title>Sign in</title></html>", "no JSON: a proxy", calibrate.ErrForeign},
		"a page that is not there":             {404, "text/html", "<html>nginx</html>", "404 text/html", calibrate.ErrForeign},
		"a redirect":                           {302, "text/html", "", "302", calibrate.ErrForeign},
		"the API before HTTP V2":               {200, "text/html;charset=utf-8", "success", "before HTTP V2", calibrate.ErrForeign},
		"an older API, without the size":       {200, "application/json", `{"code":200,"events_ingested":1}`, `no number "payload_size_bytes"`, calibrate.ErrForeign},
		"another JSON API":                     {401, "application/json", `{"message":"Unauthorized"}`, "401 application/json with message", calibrate.ErrForeign},
		"an empty object":                      {200, "application/json", `{}`, `no number "code"`, calibrate.ErrForeign},
		"a stub that takes everything":         {200, "application/json", accepted, "an API key that nobody has", calibrate.ErrForeign},
		"a service that does not know the key": {400, "application/json", `{"code":400,"error":"Invalid API key: x"}`, "--region", calibrate.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer)) // the client reads it
			}))
			defer stub.Close()
			cfg := bench(t)
			cfg.URL = stub.URL
			result, err := calibrate.Run(t.Context(), cfg)
			if result != nil || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v; want an error with %q", result, err, c.want)
			}
			if requests.Load() > 2 {
				t.Errorf("%d requests before it was seen", requests.Load())
			}
		})
	}
}

// cut breaks the connection of requests from one on, or does something at that one.
type cut struct {
	next http.RoundTripper
	from int64
	do   func() error
	n    atomic.Int64
}

func (c *cut) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.n.Add(1) >= c.from {
		if err := c.do(); err != nil {
			return nil, err
		}
	}
	return c.next.RoundTrip(r)
}

// stopped checks that a run was stopped for a reason and kept what it had.
func stopped(t *testing.T, result *calibrate.Calibration, err error, why string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(result.Stopped, why) || result.Observations() == 0 {
		t.Errorf("stopped: %q with %d observations, want %q and some", result.Stopped, result.Observations(), why)
	}
	if got := result.Row("identify_limits"); got.Verdict.Observed() || got.Why == "" {
		t.Errorf("the last probe of the run: %+v, want that it was not made", got)
	}
	if _, err := result.Behavior(); err != nil {
		t.Error(err)
	}
	if got := seen(result); len(got) > 0 {
		t.Errorf("found %v in a simulator without switches", got)
	}
}

func TestRun_interrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cfg := bench(t)
	cfg.Limits = false
	cfg.Client = &http.Client{Transport: &cut{next: cfg.Client.Transport, from: 30, do: func() error { interrupt(); return nil }}}
	result, err := calibrate.Run(ctx, cfg)
	stopped(t, result, err, "interrupted")
}

// impatient is a clock whose sleeps are interrupted.
type impatient struct{ calibrate.Clock }

func (impatient) Sleep(context.Context, time.Duration) error { return context.Canceled }

func TestRun_interruptedWhileItWaits(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	cfg.Clock = impatient{cfg.Clock}
	if _, err := calibrate.Run(t.Context(), cfg); !errors.Is(err, calibrate.ErrNothing) || !strings.Contains(err.Error(), "interrupted in the probe too_many_at_once") {
		t.Errorf("got %v, want that nothing was observed before the interrupt", err)
	}
}

func TestRun_withoutNetwork(t *testing.T) {
	t.Parallel()
	gone := errors.New("network is unreachable")
	cfg := bench(t)
	cfg.Limits = false
	cfg.Client = &http.Client{Transport: &cut{next: cfg.Client.Transport, from: 40, do: func() error { return gone }}}
	result, err := calibrate.Run(t.Context(), cfg)
	stopped(t, result, err, "3 calls in a row failed")
	if host := strings.TrimPrefix(cfg.URL, "http://"); strings.Contains(result.Stopped, host) {
		t.Errorf("the reason names the host: %s", result.Stopped)
	}

	cfg.Client = &http.Client{Transport: &cut{next: cfg.Client.Transport, from: 1, do: func() error { return gone }}}
	if result, err := calibrate.Run(t.Context(), cfg); result != nil || !errors.Is(err, calibrate.ErrNothing) {
		t.Errorf("without network from the start: %v, %v; want ErrNothing", result, err)
	}
}

// TestRun_throttled has the project throttled as a whole, in the middle of the safe probes.
func TestRun_throttled(t *testing.T) {
	t.Parallel()
	cfg := bench(t, simulator.WithLimits(control.Limits{ProjectRequestsPerSecond: new(10)}))
	cfg.Limits = false
	result, err := calibrate.Run(t.Context(), cfg)
	stopped(t, result, err, "the project is throttled: 429")
}

// TestRun_serverError has one call fail: its probe has no result, and all others have.
func TestRun_serverError(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	cfg.Limits = false
	var calls atomic.Int64
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer failing.Close()
	next := cfg.Client.Transport
	cfg.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && r.URL.Path != "/identify" && calls.Add(1) > 0 { // the probes of wrong_method
			r = r.Clone(r.Context())
			r.URL.Host = strings.TrimPrefix(failing.URL, "http://")
		}
		return next.RoundTrip(r)
	})}
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Row("wrong_method"); got.Verdict != calibrate.Failed || !strings.Contains(got.Why, "503") || calls.Load() != 2 {
		t.Errorf("wrong_method: %+v after %d calls, want that both calls failed", got, calls.Load())
	}
	if got := result.Row("malformed_answer"); got.Verdict != calibrate.Default || result.Stopped != "" {
		t.Errorf("the next row: %+v, stopped %q; want it observed", got, result.Stopped)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// slow is a clock by which every request takes half a minute.
type slow struct{ *virtual }

func (s slow) Now() time.Time {
	s.now = s.now.Add(30 * time.Second)
	return s.now
}

// TestRun_slow makes no finding of probes that took longer than the window.
func TestRun_slow(t *testing.T) {
	t.Parallel()
	cfg := bench(t)
	cfg.Clock = slow{cfg.Clock.(*virtual)}
	result, err := calibrate.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := seen(result); len(got) > 0 {
		t.Errorf("found %v", got)
	}
	if got := result.Row("retry_after"); got.Verdict != calibrate.NotMade || !strings.Contains(got.Why, "it took 30s") {
		t.Errorf("retry_after: %+v, want that its probe took too long", got)
	}
}
