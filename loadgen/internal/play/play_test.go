package play_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/play"
	"github.com/ammeter/ammeter/loadgen/internal/stage"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func parse(tb testing.TB, text string) *scenario.Scenario {
	tb.Helper()
	s, err := scenario.Parse("test.yaml", []byte("name: test\nstory: Something happens.\nscale: real time\n"+text))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// config plays without asking for punctuality: the machine that runs the tests may
// be busy.
func config() play.Config {
	return play.Config{Now: time.Now, Version: "test", Tolerance: time.Second, MaxLate: 1}
}

// onStage plays a scenario against an exporter and a simulator of this process.
// What the exporter sends goes through spoil, if that is given.
func onStage(t *testing.T, s *scenario.Scenario, spoil func(next http.Handler) http.Handler) *loadgen.Summary {
	t.Helper()
	summary, _, err := play.Play(t.Context(), s, exporterStage(t, s, spoil), config())
	if err != nil {
		t.Fatal(err)
	}
	if err := summary.Validate(); err != nil {
		t.Error(err)
	}
	return summary
}

func exporterStage(t *testing.T, s *scenario.Scenario, spoil func(next http.Handler) http.Handler) *play.Stage {
	t.Helper()
	sim := simtest.Start(t)
	key, err := play.Prepare(t.Context(), sim.Control, s)
	if err != nil {
		t.Fatal(err)
	}
	to := sim.URL
	if spoil != nil {
		front := httptest.NewServer(spoil(forward(t, sim.URL)))
		t.Cleanup(front.Close)
		to = front.URL
	}
	x, err := exporter.New(exporter.Config{URL: to, APIKey: key, ThrottlePause: s.Exporter.ThrottlePause.Value()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Errorf("exporter: %v", err)
		}
	})
	server := httptest.NewServer(x.Handler())
	t.Cleanup(func() { server.Close(); stop(); work.Wait() })
	target, err := loadgen.ParseTarget(loadgen.Exporter, server.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	return &play.Stage{Control: sim.Control, Key: key, Target: target, Exporter: stage.Stats{URL: server.URL}}
}

// forward sends requests on to a server.
func forward(t *testing.T, to string) http.Handler {
	t.Helper()
	base, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.RequestURI, out.Host, out.URL = "", "", base.ResolveReference(r.URL)
		resp, err := http.DefaultClient.Do(out)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}

// goals maps thresholds to whether they held.
func goals(s *loadgen.Summary) map[string]bool {
	m := map[string]bool{}
	for _, g := range s.Goals {
		m[g.Threshold] = g.Holds
	}
	return m
}

const flood = `
seed: 9
simulator: {limits: {events_per_second: 20, window: 1s}}
exporter: {throttle_pause: 300ms}
phases:
  - {name: quiet, for: 500ms, rate: 100}
  - {name: flood, for: 1s, rate: 100}
devices: {count: 50, hot: [{rate: 45, phases: [flood]}]}
ids: {identified: 0.8, anonymous: 0.1, unaddressable: 0.1}
duplicates: 0.05
malformed: 0.02
expect: [400]
`

func TestPlay_exporter(t *testing.T) {
	t.Parallel()
	s := parse(t, flood+`
thresholds:
  - throttled_events > 0
  - throttled_devices == 1
  - throttled_innocents == 0
  - lost == 0
  - delivered == expected
  - delivered == planned.deliverable
  - duplicates == planned.duplicates
  - reordered == 0
  - innocent_p99_ratio < 20
  - hot_max > 100ms
  - dropped.unaddressable == planned.unaddressable
  - dropped.malformed == planned.malformed
  - held == 0
  - answers.200 > 0
  - amplitude.429 > 0
  - waste >= 1
  - settled_in < 20s
`)
	// Without duplicates of events that an exporter drops, the simulator
	// recognizes all of them.
	s.IDs, s.Malformed = scenario.IDs{Identified: 0.9, Anonymous: 0.1}, 0
	summary := onStage(t, s, nil)
	for _, g := range summary.Goals {
		if !g.Holds {
			t.Errorf("%s: %s", g.Threshold, g.Measured)
		}
	}
	if n := play.Unexpected(s, summary); n != 0 {
		t.Errorf("%d unexpected answers: %v", n, summary.Statuses)
	}
	if summary.Scenario.Name != "test" || summary.Plan.DeviceLimit != 20 || summary.Delivery == nil {
		t.Errorf("summary of %+v, plan %+v, delivery %v", summary.Scenario, summary.Plan, summary.Delivery)
	}
}

func TestPlay_sameSeedSameLedger(t *testing.T) {
	t.Parallel()
	s := parse(t, flood+"thresholds: [lost == 0]\n")
	first, second := onStage(t, s, nil), onStage(t, s, nil)
	if diff := cmp.Diff(first.Ledger, second.Ledger); diff != "" {
		t.Errorf("ledgers of two runs (- first, + second):\n%s", diff)
	}
	if l := first.Ledger; l.Planned.Malformed == 0 || l.Exporter.Dropped["malformed"] != l.Planned.Malformed || l.Lost != 0 {
		t.Errorf("ledger %+v, exporter %+v", l, l.Exporter)
	}
	s.Seed++
	if other := onStage(t, s, nil); cmp.Equal(first.Ledger, other.Ledger) {
		t.Error("another seed gives the same ledger")
	}
}

// An exporter that says 200 and forgets is found out.
// A running exporter and its key have a past, which does not count: the second play on
// the same stage says the same as the first.
func TestPlay_pastDoesNotCount(t *testing.T) {
	t.Parallel()
	s := parse(t, `
seed: 3
phases: [{for: 300ms, rate: 200}]
devices: {count: 20}
ids: {identified: 0.8, unaddressable: 0.2}
duplicates: 0.1
thresholds: [waste < 1.5, read == planned.events, dropped.unaddressable == planned.unaddressable, duplicates == planned.duplicates]
`)
	on := exporterStage(t, s, nil)
	on.Reused = true
	var plays [2]*loadgen.Summary
	for i := range plays {
		summary, _, err := play.Play(t.Context(), s, on, config())
		if err != nil {
			t.Fatal(err)
		}
		for goal, holds := range goals(summary) {
			if !holds {
				t.Errorf("play %d: %s does not hold: %+v", i+1, goal, summary.Goals)
			}
		}
		plays[i] = summary
	}
	if diff := cmp.Diff(plays[0].Ledger, plays[1].Ledger); diff != "" {
		t.Errorf("ledgers of the first and of the second play:\n%s", diff)
	}
	if first, second := plays[0].Amplitude.Outcomes, plays[1].Amplitude.Outcomes; !cmp.Equal(first, second) {
		t.Errorf("at Amplitude %v happened first, %v then", first, second)
	}
}

func TestPlay_lossIsSeen(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 500ms, rate: 100}]
devices: {count: 50}
thresholds: [lost == 0, lost == 5, delivered < expected, surplus == 0]
`)
	var mu sync.Mutex
	swallowed := 0
	summary := onStage(t, s, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, upload := read(r)
			mu.Lock()
			n := min(len(upload.Events), 5-swallowed)
			swallowed += n
			mu.Unlock()
			if n > 0 {
				upload.Events = upload.Events[n:]
				body = write(upload)
			}
			if len(upload.Events) > 0 {
				replace(r, body)
				next.ServeHTTP(w, r)
			}
		})
	})
	want := map[string]bool{"lost == 0": false, "lost == 5": true, "delivered < expected": true, "surplus == 0": true}
	if diff := cmp.Diff(want, goals(summary)); diff != "" {
		t.Errorf("thresholds: %s", diff)
	}
	if summary.Broken() != 1 {
		t.Errorf("%d broken, want 1", summary.Broken())
	}
}

// An exporter that lets newer events of a device pass older ones is found out, and
// so is one that makes events up.
func TestPlay_disorderAndSurplusAreSeen(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 3s, rate: 40}]
devices: {count: 2}
thresholds: [lost == 0, reordered == 0, surplus == 0]
`)
	var mu sync.Mutex
	var kept *upload
	seen, released := 0, false
	summary := onStage(t, s, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, u := read(r)
			mu.Lock()
			seen += len(u.Events)
			switch {
			case kept == nil:
				// Held back, and one that nobody sent in its place.
				first := u
				first.Events = slices.Clone(u.Events)
				kept = &first
				var made map[string]any
				_ = json.Unmarshal(u.Events[0], &made)
				made["insert_id"] = "nobody-sent-this"
				text, _ := json.Marshal(made)
				u.Events = []json.RawMessage{text}
			case !released && seen > 100: // due at 2.5 s
				released = true
				u.Events = append(u.Events, kept.Events...)
			}
			mu.Unlock()
			replace(r, write(u))
			next.ServeHTTP(w, r)
		})
	})
	want := map[string]bool{"lost == 0": true, "reordered == 0": false, "surplus == 0": false}
	if diff := cmp.Diff(want, goals(summary)); diff != "" {
		t.Errorf("thresholds: %s\n%+v", diff, summary.Goals)
	}
}

type upload struct {
	APIKey  string            `json:"api_key"`
	Events  []json.RawMessage `json:"events"`
	Options json.RawMessage   `json:"options,omitempty"`
}

func read(r *http.Request) (body []byte, u upload) {
	body, _ = io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &u)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, u
}

func write(u upload) []byte {
	body, _ := json.Marshal(u)
	return body
}

func replace(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// Straight at the simulator: what is refused and why.
func TestPlay_amplitude(t *testing.T) {
	t.Parallel()
	s := parse(t, `
target: amplitude
phases: [{name: calm, for: 300ms, rate: 100}, {name: flood, for: 1s, rate: 200}]
batch: 5
simulator: {limits: {profile: strict}}
devices: {count: 100, hot: [{share: 0.5, phases: [flood]}]}
mistakes: {short_ids: 0.05, seconds: 0.1}
malformed: 0.02
expect: [400, 429]
thresholds:
  - throttled_events > 0
  - throttled_innocents == 0
  - neighbors > 0
  - rejected > 0
  - stored_in_1970 > 0
  - lost == 0
  - surplus == 0
  - delivered == expected
  - read == 0
`)
	sim := simtest.Start(t)
	key, err := play.Prepare(t.Context(), sim.Control, s)
	if err != nil {
		t.Fatal(err)
	}
	target, err := loadgen.ParseTarget(loadgen.Amplitude, sim.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	summary, _, err := play.Play(t.Context(), s, &play.Stage{Control: sim.Control, Key: key, Target: target}, config())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range summary.Goals {
		// There is no exporter to ask.
		if want := g.Threshold != "read == 0"; g.Holds != want {
			t.Errorf("%s: holds %v (%s), want %v", g.Threshold, g.Holds, g.Measured, want)
		}
	}
	if summary.Ledger.Exporter != nil {
		t.Error("there is a ledger of an exporter that does not exist")
	}
}

func TestPlay_actions(t *testing.T) {
	t.Parallel()
	s := parse(t, `
target: amplitude
simulator: {clock_scale: 100, key_expires_in: 50s}
phases: [{for: 2500ms, rate: 100}]
devices: {count: 1000}
actions:
  - {at: 800ms, renew_key: true}
  - {at: 900ms, fault: {status: 503, for: 200s}}
  - {at: 1200ms, clear_faults: true}
  - {at: 1300ms, advance_clock: 1h}
  - {at: 1400ms, limits: {profile: strict, events_per_second: 1}}
  - {at: 1500ms, scale_clock: 1}
  - {at: 1600ms, expire_key: true}
  - {at: 1800ms, renew_key: true}
  - {at: 1900ms, fault: {reset: true, first: 3}}
  - {at: 2200ms, rotate_key: {overlap: 0s}}
expect: [400, 429, 503, no answer]
thresholds:
  - answers.400 > 0
  - answers.503 > 0
  - failed > answers.503   # the connections that were reset
  - lost == 0
  - surplus == 0
`)
	sim := simtest.Start(t)
	key, err := play.Prepare(t.Context(), sim.Control, s)
	if err != nil {
		t.Fatal(err)
	}
	target, err := loadgen.ParseTarget(loadgen.Amplitude, sim.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	summary, _, err := play.Play(t.Context(), s, &play.Stage{Control: sim.Control, Key: key, Target: target}, config())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range summary.Goals {
		if !g.Holds {
			t.Errorf("%s: %s", g.Threshold, g.Measured)
		}
	}
	var names []string
	for _, a := range summary.Scenario.Actions {
		names = append(names, a.Name)
		if a.Done < a.Planned {
			t.Errorf("%s was done at %v s, before %v s", a.Name, a.Done, a.Planned)
		}
	}
	want := "renew_key fault clear_faults advance_clock limits scale_clock expire_key renew_key fault rotate_key"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("actions %s\nwant    %s", got, want)
	}
	keys, err := sim.Control.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.APIKey == key && k.ExpiresAt == nil {
			t.Error("the key was rotated without overlap and does not end")
		}
	}
}

// An incident that cannot be staged is no result.
func TestPlay_actionFails(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 10s, rate: 10}]
actions: [{at: 10ms, give_key: true}]
thresholds: [lost == 0]
`)
	sim := simtest.Start(t)
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(sink.Close)
	target, err := loadgen.ParseTarget(loadgen.Exporter, sink.URL, false)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, _, err = play.Play(t.Context(), s, &play.Stage{Control: sim.Control, Key: sim.Key, Target: target}, config())
	if err == nil || !strings.Contains(err.Error(), "action give_key at 10ms") {
		t.Errorf("Play = %v, want an error about give_key", err)
	}
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("it went on for %v", took)
	}
}
