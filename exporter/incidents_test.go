package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// open is an event of one user.
func open(id, user string) string {
	return fmt.Sprintf(`{"event_type":"users.messages.email.Open","id":%q,"time":1700000000,"external_user_id":%q}`, id, user)
}

func lines(n int, user func(i int) string) *bytes.Buffer {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(open(fmt.Sprintf("event-%05d", i), user(i)) + "\n")
	}
	return &b
}

// Under the strictest reading of the limit, 31 events in one second are too many,
// a busy user draws no 429.
func TestExporter_strictLimit(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.Strict())
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	began := time.Now()
	if err := x.Export(t.Context(), exporter.NDJSON("busy", lines(91, func(int) string { return "busy-user" }))); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("91 events of a user in %v, want 3 s at least", took)
	}
	ledger, err := sim.Control.Ledger(t.Context(), sim.Key)
	if err != nil {
		t.Fatal(err)
	}
	if ledger.Statuses[http.StatusTooManyRequests] != 0 || ledger.Outcomes[control.Accepted] != 91 {
		t.Errorf("statuses %v, outcomes %v: want no 429 and 91 accepted", ledger.Statuses, ledger.Outcomes)
	}
	inOrder(t, sim, "busy-user", 91)
}

// A 429 is obeyed for the user it names, in order, while others go on.
func TestExporter_obeysThrottling(t *testing.T) {
	t.Parallel()
	const pause = 600 * time.Millisecond
	sim := simtest.Start(t)
	slow := 8
	if err := sim.Control.SetLimits(t.Context(), sim.Key, control.Limits{Profile: "strict", EventsPerSecond: &slow}); err != nil {
		t.Fatal(err)
	}
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key, ThrottlePause: pause})
	input := lines(20, func(i int) string {
		if i < 10 {
			return "noisy-user"
		}
		return fmt.Sprintf("quiet-user-%d", i)
	})
	if err := x.Export(t.Context(), exporter.NDJSON("mixed", input)); err != nil {
		t.Fatal(err)
	}
	inOrder(t, sim, "noisy-user", 10)
	attempts, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: "noisy-user"})
	if err != nil {
		t.Fatal(err)
	}
	var refused time.Time
	for _, e := range attempts {
		if gap := e.Wall.Sub(refused); gap > 50*time.Millisecond && gap < pause {
			t.Errorf("the noisy user was tried again after %v, want %v at least", gap, pause)
		}
		if e.Outcome == control.Throttled {
			refused = e.Wall
		}
	}
	if refused.IsZero() {
		t.Error("nothing was throttled: this test shows nothing")
	}
	quiet, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: "quiet-user-15"})
	if err != nil {
		t.Fatal(err)
	}
	last := quiet[len(quiet)-1]
	if last.Outcome != control.Accepted || last.Wall.Sub(attempts[0].Wall) > pause {
		t.Errorf("a quiet user's event was %s %v after the first upload", last.Outcome, last.Wall.Sub(attempts[0].Wall))
	}
}

// inOrder checks that a user's events were accepted once each, in input order.
func inOrder(t *testing.T, sim *simtest.Server, user string, n int) {
	t.Helper()
	events, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: user, Outcome: control.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != n {
		t.Errorf("%d events of %q accepted, want %d", len(events), user, n)
	}
	for i, e := range events {
		if want := fmt.Sprintf("event-%05d", i); e.InsertID != want {
			t.Fatalf("event %d of %q is %q, want %q", i, user, e.InsertID, want)
		}
	}
}

// A key that expires in the middle: export stops with what it has, and says so.
func TestExporter_exportStopsOnRefusedKey(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	r, w := io.Pipe()
	var feeder sync.WaitGroup
	feeder.Go(func() {
		_, _ = lines(1000, func(i int) string { return fmt.Sprintf("user-%d", i) }).WriteTo(w)
		if _, err := sim.Control.Await(t.Context(), sim.Key, control.Until{Settled: 1000}); err != nil {
			t.Error(err)
		}
		if _, err := sim.Control.ExpireKey(t.Context(), sim.Key, time.Time{}); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, open("late", "user-late")+"\n")
		_ = w.Close()
	})
	err := x.Export(t.Context(), exporter.NDJSON("stream", r))
	feeder.Wait()
	if !errors.Is(err, exporter.ErrKeyRefused) {
		t.Errorf("Export = %v, want ErrKeyRefused", err)
	}
	if got := x.Ledger(); got.Accepted != 1000 || got.Held != 1 || !got.Balanced() {
		t.Errorf("ledger %+v: want 1000 accepted and 1 held", got)
	}
}

// The same while serving: nothing is lost, and delivery goes on with the key.
func TestExporter_runWaitsForTheKey(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := simtest.Start(t)
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	stop := running(t, x)
	if _, err := sim.Control.ExpireKey(ctx, sim.Key, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if got := post(t, x, open(fmt.Sprintf("event-%05d", i), "user-0001")); got.Code != http.StatusOK {
			t.Fatalf("post with a refused key: %d %s", got.Code, got.Body)
		}
	}
	if _, err := sim.Control.Await(ctx, sim.Key, control.Until{Refused: 2}); err != nil {
		t.Fatal(err)
	}
	if got := x.Ledger(); got.Held != 10 {
		t.Errorf("ledger %+v: want 10 held", got)
	}
	if _, err := sim.Control.RenewKey(ctx, sim.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	inOrder(t, sim, "user-0001", 10)
	if ledger, err := sim.Control.Ledger(ctx, sim.Key); err != nil || ledger.Requests > 6 {
		t.Errorf("%d uploads (%v), want few", ledger.Requests, err)
	}
}

// Bad events are dead letters with a reason; their neighbors are delivered.
func TestExporter_poisonKeepsNeighbors(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	// Without the option, Amplitude refuses ids shorter than five characters.
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key, MinIDLength: -1})
	input := lines(300, func(i int) string {
		if i%100 == 50 {
			return "x"
		}
		return fmt.Sprintf("user-%d", i)
	})
	if err := x.Export(t.Context(), exporter.NDJSON("mixed", input)); err != nil {
		t.Fatal(err)
	}
	got := x.Ledger()
	if got.Accepted != 297 || got.DeadLettered["invalid_id_length"] != 3 || !got.Balanced() {
		t.Errorf("ledger %+v: want 297 accepted and 3 dead letters", got)
	}
	if n := len(journal(t, sim)); n != 297 {
		t.Errorf("%d events in the journal, want 297", n)
	}
}

// A post is refused as a whole while there is no room, and counts nothing.
func TestHandler_backPressure(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{URL: "http://127.0.0.1:1", APIKey: "key"}) // Run is never called
	x.LimitQueue(5)
	two := `{"events":[` + open("a", "user-0001") + "," + open("b", "user-0001") + `,{"id":"no type"}]}`
	for i, want := range []int{200, 200, 503, 503} {
		w := post(t, x, two)
		if w.Code != want || (want == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("post %d: %d with headers %v, want %d", i, w.Code, w.Header(), want)
		}
	}
	if got := x.Ledger(); got.Read != 6 || got.Held != 4 || got.Dropped["unknown_type"] != 2 {
		t.Errorf("ledger %+v: want 6 read, 4 held, 2 dropped", got)
	}
}

// A finite input waits for room instead.
func TestExporter_exportWaitsForRoom(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	x.LimitQueue(1500)
	input := lines(5000, func(i int) string { return fmt.Sprintf("user-%d", i) })
	if err := x.Export(t.Context(), exporter.NDJSON("many", input)); err != nil {
		t.Fatal(err)
	}
	if got := x.Ledger(); got.Accepted != 5000 || !got.Balanced() {
		t.Errorf("ledger %+v: want 5000 accepted", got)
	}
}

func TestExporter_drainDeadline(t *testing.T) {
	t.Parallel()
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer down.Close()
	x := start(t, exporter.Config{URL: down.URL, APIKey: "key"})
	stop := running(t, x)
	post(t, x, open("one", "user-0001"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	ledger, err := x.Drain(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || ledger.Held != 1 {
		t.Errorf("Drain = %+v, %v; want 1 held and the deadline", ledger, err)
	}
	if got := post(t, x, open("two", "user-0001")); got.Code != http.StatusServiceUnavailable {
		t.Errorf("post while draining: %d, want 503", got.Code)
	}
	stop()
}

// A stream that is silent when the key is refused must not keep Export waiting.
func TestExporter_exportStopsWhileReading(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x := start(t, exporter.Config{URL: sim.URL, APIKey: "unknown-key"})
	x.LimitQueue(1)
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = lines(1001, func(int) string { return "user-0001" }).WriteTo(w) }()
	if err := x.Export(t.Context(), exporter.NDJSON("stream", r)); !errors.Is(err, exporter.ErrKeyRefused) {
		t.Errorf("Export = %v, want ErrKeyRefused", err)
	}
}
