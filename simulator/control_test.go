package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

const oneEvent = `{"api_key":"K","events":[{"device_id":"device-1","event_type":"e1"}]}`

func TestControlKeys(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t)
	made, err := b.control.CreateKey(ctx, control.Key{})
	if err != nil || len(made.APIKey) != 32 || made.Project != made.APIKey || made.Region != "us" {
		t.Fatalf("CreateKey without a name = %+v, %v; want 32 digits, a project of its own, region us", made, err)
	}
	list, err := b.control.Keys(ctx)
	if err != nil || len(list) != 2 {
		t.Errorf("Keys = %+v, %v; want two", list, err)
	}
	use := func(key string, want int) {
		t.Helper()
		if status, answer := b.post("/2/httpapi", strings.Replace(oneEvent, "K", key, 1)); status != want {
			t.Errorf("upload: got %d %s, want %d", status, answer, want)
		}
	}
	use(made.APIKey, 200)
	must(t)(b.control.ExpireKey(ctx, made.APIKey, testStart.Add(time.Minute)))
	use(made.APIKey, 200)
	b.advance(time.Minute)
	use(made.APIKey, 400)
	must(t)(b.control.RenewKey(ctx, made.APIKey))
	use(made.APIKey, 200)
	must(t)(b.control.ExpireKey(ctx, made.APIKey, time.Time{}))
	use(made.APIKey, 400)
	must(t)(b.control.RenewKey(ctx, made.APIKey))
	successor := must(t)(b.control.RotateKey(ctx, made.APIKey, control.Rotation{Overlap: control.Seconds(90)}))
	use(made.APIKey, 200)
	use(successor.APIKey, 200)
	b.advance(90 * time.Second)
	use(made.APIKey, 400)
	use(successor.APIKey, 200)
	must(t)(b.control.RevokeKey(ctx, successor.APIKey))
	use(successor.APIKey, 400)

	// The project's journal is that of both keys.
	for _, key := range []string{made.APIKey, successor.APIKey} {
		ledger, err := b.control.Ledger(ctx, key)
		if err != nil || ledger.APIKey != key || ledger.Requests != 10 || ledger.Reasons["rejected/invalid_api_key"] != 4 {
			t.Errorf("Ledger(%s) = %+v, %v; want 10 requests, 4 with an invalid key", key, ledger, err)
		}
	}
}

func TestControlLimits(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t)
	one, off := 1, 0
	if err := b.control.SetLimits(ctx, testKey, control.Limits{Profile: "strict", EventsPerSecond: &one}); err != nil {
		t.Fatal(err)
	}
	b.want(200, "", "/2/httpapi", oneEvent)
	b.want(429, "", "/2/httpapi", oneEvent)
	if err := b.control.SetLimits(ctx, testKey, control.Limits{EventsPerSecond: &off}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.want(200, "", "/2/httpapi", upload(1000, ofDevice("device-1")))
	}
	minus := -1
	for name, l := range map[string]control.Limits{"profile": {Profile: "lax"}, "quota": {DailyQuota: &minus}} {
		var refused *control.Error
		if err := b.control.SetLimits(ctx, testKey, l); !errors.As(err, &refused) || refused.Status != 400 || !strings.Contains(refused.Message, "want") {
			t.Errorf("SetLimits with a bad %s: %v, want a 400 that says what is wanted", name, err)
		}
	}
}

func TestControlClock(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t)
	now, err := b.control.AdvanceClock(ctx, 1500*time.Millisecond)
	if err != nil || !now.Frozen || !now.Now.Equal(testStart.Add(1500*time.Millisecond)) {
		t.Errorf("AdvanceClock = %+v, %v; want start+1.5s, frozen", now, err)
	}
	var refused *control.Error
	if _, err := b.control.SetClock(ctx, testStart); !errors.As(err, &refused) || !strings.Contains(refused.Message, "only moves forward") {
		t.Errorf("SetClock to the past: %v, want a refusal", err)
	}
	if now, err = b.control.SetClock(ctx, testStart.AddDate(0, 0, 1)); err != nil || !now.Now.Equal(testStart.AddDate(0, 0, 1)) {
		t.Errorf("SetClock = %+v, %v; want a day later", now, err)
	}
	if now, err = b.control.ScaleClock(ctx, 100); err != nil || now.Frozen || now.Scale != 100 {
		t.Errorf("ScaleClock = %+v, %v; want 100, running", now, err)
	}
	if now, err = b.control.ResetClock(ctx); err != nil || now.Frozen || now.Scale != 1 {
		t.Errorf("ResetClock = %+v, %v; want real speed", now, err)
	}
	if now, err = b.control.FreezeClock(ctx); err != nil || !now.Frozen {
		t.Errorf("FreezeClock = %+v, %v; want frozen", now, err)
	}
	again, err := b.control.Clock(ctx)
	if err != nil || again != now {
		t.Errorf("Clock = %+v, %v; want %+v", again, err, now)
	}
}

func TestControlJournal(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := newBench(t)
	body := `{"api_key":"K","options":{"min_id_length":3},"events":[{"user_id":"u<1>","event_type":"e&1"},{"user_id":"u-2"}]}`
	status, answer := b.post("/2/httpapi", body)
	events := b.events(control.Query{})
	want := []control.Event{
		{
			Seq: 1, Request: 1, At: testStart, APIKey: testKey, Endpoint: "/2/httpapi", Outcome: control.Rejected, Reason: "neighbor",
			UserID: "u<1>", EventType: "e&1", Body: json.RawMessage(`{"user_id":"u<1>","event_type":"e&1"}`),
		},
		{
			Seq: 2, Request: 1, Index: 1, At: testStart, APIKey: testKey, Endpoint: "/2/httpapi", Outcome: control.Rejected, Reason: "missing_field",
			UserID: "u-2", Body: json.RawMessage(`{"user_id":"u-2"}`),
		},
	}
	ignoreWall := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Wall" }, cmp.Ignore())
	if diff := cmp.Diff(want, events, ignoreWall); diff != "" {
		t.Errorf("Events after a %d (-want +got):\n%s", status, diff)
	}
	requests, err := b.control.AllRequests(ctx, control.Query{APIKey: testKey})
	wantRequest := []control.Request{{
		Seq: 1, At: testStart, APIKey: testKey, Endpoint: "/2/httpapi", Status: 400, Reason: "missing_field", Events: 2,
		Bytes: len(withKey(body)), MinIDLength: 3, Answer: json.RawMessage(strings.TrimSpace(answer)),
	}}
	if diff := cmp.Diff(wantRequest, requests, ignoreWall); err != nil || diff != "" {
		t.Errorf("Requests: %v (-want +got):\n%s", err, diff)
	}

	// Paging ends and misses nothing.
	for range 24 {
		b.want(200, "", "/2/httpapi", upload(3, ofDevice("device-1")))
	}
	if all := b.events(control.Query{Limit: 10}); len(all) != 74 || all[73].Seq != 74 {
		t.Errorf("AllEvents in pages of 10: %d events, want 74", len(all))
	}
	if err := b.control.Reset(ctx, testKey); err != nil {
		t.Fatal(err)
	}
	if left := b.events(control.Query{}); len(left) != 0 {
		t.Errorf("%d events after Reset, want none", len(left))
	}
	b.want(200, "", "/2/httpapi", upload(900, ofDevice("device-1")))
}

func TestControlAwait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := newBench(t)
	var all sync.WaitGroup
	all.Go(func() {
		ledger, err := b.control.Await(ctx, testKey, control.Until{Settled: 3, Refused: 1})
		if err != nil || ledger.Settled() < 3 || ledger.Statuses[400] != 1 {
			t.Errorf("Await = %+v, %v; want 3 settled and one refusal", ledger, err)
		}
	})
	b.want(400, "", "/2/httpapi", `{"api_key":"K","events":[{}]}`)
	for range 3 {
		b.want(200, "", "/2/httpapi", oneEvent)
	}
	all.Wait()
	short, end := context.WithTimeout(ctx, time.Millisecond)
	defer end()
	if _, err := b.control.Await(short, testKey, control.Until{Events: 1000}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Await of what never comes: %v, want the context's error", err)
	}
}

// TestControlIsStrict sends what is misspelled, and expects to be told.
func TestControlIsStrict(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/_admin/keys", `{"api_kye":"k"}`, 400, `unknown field \"api_kye\"`},
		{"POST", "/_admin/keys", `{"api_key":"k"} {}`, 400, "single object"},
		{"POST", "/_admin/keys", `{"region":"moon"}`, 400, `want \"us\" or \"eu\"`},
		{"POST", "/_admin/keys/nope/expire", ``, 404, "create it first"},
		{"PUT", "/_admin/keys/nope/limits", `{}`, 404, "create it first"},
		{"GET", "/_admin/journal/events?devcie=d", ``, 400, `query parameter \"devcie\"`},
		{"GET", "/_admin/journal/events?outcome=lost", ``, 400, "want accepted"},
		{"GET", "/_admin/journal/events?limit=1000000", ``, 400, "at most 10000"},
		{"GET", "/_admin/journal/events?since=today", ``, 400, "RFC 3339"},
		{"GET", "/_admin/ledger/k?wait=forever", ``, 400, "such as 5s"},
		{"POST", "/_admin/clock/advance", `{}`, 400, `give \"seconds\"`},
		{"POST", "/_admin/clock/scale", `{"scale":-1}`, 400, "freeze it"},
		{"PUT", "/_admin/clock", `{}`, 400, "RFC 3339"},
		{"GET", "/_admin/nothing", ``, 404, "no such path"},
		{"DELETE", "/_admin/clock", ``, 405, "another method"},
		// What is refused has done nothing, which is looked at below.
		{"POST", "/_admin/keys?region=eu", `{"api_key":"not-made"}`, 400, "takes none"},
		{"POST", "/_admin/clock/advance?by=5", `{"seconds":5}`, 400, "takes none"},
		{"POST", "/_admin/clock/scale?by=5", `{"scale":5}`, 400, "takes none"},
		{"POST", "/_admin/clock/reset", `{"now":"2030-01-01T00:00:00Z"}`, 400, `unknown field \"now\"`},
		{"POST", "/_admin/keys/" + testKey + "/revoke", `{"at":"2030-01-01T00:00:00Z"}`, 400, `unknown field \"at\"`},
		{"POST", "/_admin/reset", `{"area":"limits"}`, 400, `unknown field \"area\"`},
	} {
		status, answer := b.send(c.method, c.path, []byte(c.body), nil)
		var body struct {
			Error string `json:"error"`
		}
		if status != c.status || !strings.Contains(answer, c.says) || json.Unmarshal([]byte(answer), &body) != nil || body.Error == "" {
			t.Errorf("%s %s %s: got %d %s, want %d and an error that says %s", c.method, c.path, c.body, status, answer, c.status, c.says)
		}
	}
	clock := try(b.control.Clock(t.Context())).or(t)
	keys := try(b.control.Keys(t.Context())).or(t)
	if !clock.Now.Equal(testStart) || clock.Scale != 1 || !clock.Frozen || len(keys) != 1 || keys[0].RevokedAt != nil {
		t.Errorf("after refused calls: clock %+v, keys %+v; want both as they were", clock, keys)
	}
}

// TestControl_unknownKeys uploads and queries with keys that were never created: they are
// turned away and can be found in the journal, but nothing is kept for each of them,
// and no claim about them is judged.
func TestControl_unknownKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, n := range []int{1, 128, 129, 100_000} {
		key := strings.Repeat("k", n)
		b.want(400, `{"code":400,"error":"Invalid API key: `+key+`"}`, "/2/httpapi", strings.Replace(oneEvent, "K", key, 1))
		if got := b.events(control.Query{APIKey: key}); len(got) != 1 || got[0].Reason != "invalid_api_key" {
			t.Errorf("journal of a key of %d bytes: %+v, want its event", n, got)
		}
		_, ledger := b.control.Ledger(t.Context(), key)
		_, verdict := b.control.Verify(t.Context(), control.Verification{APIKey: key, Never: true})
		_, explanation := b.control.ExplainDevice(t.Context(), key, "device-1")
		for name, err := range map[string]error{"ledger": ledger, "verify": verdict, "explain": explanation} {
			if statusOf(err) != http.StatusNotFound {
				t.Errorf("%s of a key of %d bytes: %v, want a 404", name, n, err)
			}
		}
	}
	if all := try(b.control.AllRequests(t.Context(), control.Query{})).or(t); len(all) != 4 {
		t.Errorf("%d requests, want all 4", len(all))
	}
	if l := try(b.control.Ledger(t.Context(), testKey)).or(t); l.Requests != 0 {
		t.Errorf("ledger of the key that was created: %+v, want nothing", l)
	}
}

// TestControlOddNames names a key and a fault by what a URL has other uses for.
func TestControlOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a%41b", "a%2Fb", "?x=1#y&z", `a"b\`, "..", "%"} {
		b := newBench(t, simulator.WithKey(name))
		if k, err := b.control.RevokeKey(t.Context(), name); err != nil || k.APIKey != name {
			t.Errorf("RevokeKey(%q) = %+v, %v; want that key", name, k, err)
		}
		if l, err := b.control.Ledger(t.Context(), name); err != nil || l.APIKey != name {
			t.Errorf("Ledger(%q) = %+v, %v; want that key's", name, l, err)
		}
		try(b.control.AddFault(t.Context(), control.Fault{ID: name, Do: control.FaultAction{WAF: &control.WAFFault{}}})).or(t)
		if err := b.control.DeleteFault(t.Context(), name); err != nil {
			t.Errorf("DeleteFault(%q): %v", name, err)
		}
	}
}

func TestAdminToken(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithAdminToken("secret"))
	var refused *control.Error
	if _, err := b.control.Keys(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		t.Errorf("Keys without a token: %v, want a 401", err)
	}
	with := control.New("http://simulator", control.WithToken("secret"), control.WithHTTPClient(&http.Client{Transport: handlerTransport{b.handler}}))
	if _, err := with.Keys(t.Context()); err != nil {
		t.Errorf("Keys with the token: %v", err)
	}
	if err := b.control.Ready(t.Context()); err != nil {
		t.Errorf("Ready without a token: %v", err)
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	sim := newBench(t, simulator.WithKeys(control.Key{APIKey: "eu-key", Region: "eu"}))
	for _, c := range []struct {
		host, key string
		want      int
	}{
		{"api2.amplitude.com", testKey, 200},
		{"api2.amplitude.com", "eu-key", 400},
		{"api.eu.amplitude.com:443", "eu-key", 200},
		{"api.eu.amplitude.com", testKey, 400},
		{"API.EU.Amplitude.com", testKey, 400},
		{"127.0.0.1:8080", "eu-key", 200},
	} {
		status, answer := sim.send(http.MethodPost, "http://"+c.host+"/2/httpapi", []byte(strings.Replace(oneEvent, "K", c.key, 1)), nil)
		if status != c.want {
			t.Errorf("%s to %s: got %d %s, want %d", c.key, c.host, status, answer, c.want)
		}
	}
}

// TestVersionHeader looks for the version in answers of all kinds.
func TestVersionHeader(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithVersion("v1.2.3"), simulator.WithAdminToken("secret"))
	for _, path := range []string{"/2/httpapi", "/nothing", "/identify", "/partners/amplitude/cohorts", "/_admin/keys", "/readyz", "/metrics"} {
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, http.NoBody))
		if got := w.Header().Get(simulator.VersionHeader); got != "v1.2.3" {
			t.Errorf("POST %s: %s %q, want v1.2.3", path, simulator.VersionHeader, got)
		}
	}
}

// TestControlErrors_noSecrets fails calls that bear a key or an id, in the path and in
// the query, and looks for them in the errors.
func TestControlErrors_noSecrets(t *testing.T) {
	t.Parallel()
	c := control.New("http://127.0.0.1:1") // a closed port
	fail := func(_ any, err error) error { return err }
	for call, err := range map[string]error{
		"POST /_admin/keys/{key}/revoke": fail(c.RevokeKey(t.Context(), "geheim")),
		"GET /_admin/ledger/{key}":       fail(c.Ledger(t.Context(), "geheim")),
		"GET /_admin/explain/device":     fail(c.ExplainDevice(t.Context(), "geheim", "geheim")),
		"GET /_admin/journal/events":     fail(c.Events(t.Context(), control.Query{APIKey: "geheim", UserID: "geheim"})),
		"POST /_admin/reset":             c.Reset(t.Context(), "geheim"),
	} {
		if err == nil || strings.Contains(err.Error(), "geheim") || !strings.HasPrefix(err.Error(), call+": ") || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v; want a refused connection, named so, and without secrets", call, err)
		}
	}
}

func must(t *testing.T) func(control.Key, error) control.Key {
	t.Helper()
	return func(k control.Key, err error) control.Key {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}
