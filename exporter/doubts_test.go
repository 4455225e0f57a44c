package exporter_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/status"
)

// logBook is a log that can be read while it is written.
type logBook struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) lines(with string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, with) {
			lines = append(lines, line)
		}
	}
	return lines
}

// A proxy says for two days that the key is not known. That is not Amplitude's word:
// no alert is sent, nothing is dropped, and the log says once a minute what answers.
func TestExporter_proxyRefusesForTwoDays(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards over
	over := false
	w := &wire{taken: map[string]int{}, answer: func([]string) (int, string, error) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return http.StatusOK, fine, nil
		}
		return http.StatusUnauthorized, `{"code":401,"error":"Invalid API key: s3cret-key of user-0001"}`, nil
	}}
	log, c := &logBook{}, newClock()
	var states []status.KeyState
	x := start(t, exporter.Config{
		APIKey: "s3cret-key", Transport: w, Clock: c, Random: func() float64 { return 0.5 },
		Logger: slog.New(slog.NewTextHandler(log, nil)), OnKey: func(k status.KeyState) { states = append(states, k) },
	})
	if got := post(t, x, open("event-00000", "user-0001")); got.Code != http.StatusOK {
		t.Fatalf("post: %d", got.Code)
	}
	stop := running(t, x)
	uploads := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.uploads
	}
	began := c.Now()
	r := &rig{t: t, x: x, clock: c, looks: 1, step: 5 * time.Minute} // 600 looks, not 3000
	r.await("two days", func(exporter.Ledger) bool { return c.Now().Sub(began) > 50*time.Hour && uploads() > 100 })
	if l := x.Ledger(); l.Held != 1 || !l.Balanced() {
		t.Errorf("ledger %+v, want the event held", l)
	}
	mu.Lock()
	over = true
	mu.Unlock()
	l := r.await("the end", func(l exporter.Ledger) bool { return l.Held == 0 })
	stop()
	if l.Accepted != 1 || !l.Balanced() || len(states) > 0 {
		t.Errorf("ledger %+v, key states %+v; want 1 accepted and no key state", l, states)
	}
	lines := log.lines("answer is not amplitude's")
	if len(lines) == 0 || len(lines) > int(c.Now().Sub(began)/time.Minute)+1 {
		t.Fatalf("%d lines about the answers, want some, and one a minute at most", len(lines))
	}
	if !strings.Contains(lines[0], "status=401") || !strings.Contains(lines[0], "Invalid") {
		t.Errorf("logged %s, want the status and how the answer begins", lines[0])
	}
	for _, secret := range []string{"s3cret", "user-0001"} {
		if got := log.lines(secret); len(got) > 0 {
			t.Errorf("the log shows %q: %s", secret, got[0])
		}
	}
}

// What a success says it did not take is not accepted, and is logged.
func TestExporter_countsFewerThanSent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		queue    exporter.Queue
		ingested int64
	}{
		{exporter.Queue{}, 7},
		{exporter.Queue{}, 0},
		{exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS}, 7},
		{exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS}, 0},
	} {
		queue, missing := row.queue, 10-row.ingested
		w := &wire{taken: map[string]int{}, answer: func([]string) (int, string, error) {
			return http.StatusOK, fmt.Sprintf(`{"code":200,"events_ingested":%d,"payload_size_bytes":1,"server_upload_time":1}`, row.ingested), nil
		}}
		log := &logBook{}
		x := openExporter(t, exporter.Config{
			APIKey: "key", Transport: w, Queue: queue, Logger: slog.New(slog.NewTextHandler(log, nil)),
		})
		if err := x.Export(t.Context(), exporter.NDJSON("ten", bytes.NewReader(distinct("few", 10)))); err != nil {
			t.Fatal(err)
		}
		l := x.Ledger()
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if l.Read != 10 || l.Accepted != row.ingested || l.NotIngested != missing || !l.Balanced() {
			t.Errorf("ledger %+v, want %d accepted and %d not ingested", l, row.ingested, missing)
		}
		want := fmt.Sprintf("sent=10 events_ingested=%d missing=%d", row.ingested, missing)
		if lines := log.lines("fewer events"); len(lines) != 1 || !strings.Contains(lines[0], want) {
			t.Errorf("logged %q, want the numbers once", lines)
		}
		if queue.Dir == "" {
			continue
		}
		again := openExporter(t, exporter.Config{APIKey: "key", Transport: w, Queue: queue})
		if l := again.Ledger(); l.NotIngested != missing || l.Accepted != row.ingested || l.Held != 0 {
			t.Errorf("ledger after a restart: %+v, want the same", l)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// rekeying refuses the first key, and changes the key while it does.
type rekeying struct {
	change func()
	once   sync.Once
}

func (r *rekeying) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf(`{"code":200,"events_ingested":%d}`, bytes.Count(body, []byte(`"insert_id"`)))
	status := http.StatusOK
	if bytes.Contains(body, []byte(`"old-key"`)) {
		r.once.Do(r.change)
		status, text = http.StatusBadRequest, `{"code":400,"error":"Invalid API key: old-key"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// The key is changed while uploads with the one before are on their way. Their
// refusal is no reason to alert anybody or to end an export.
func TestExporter_SetAPIKey_whileTheOldOneIsRefused(t *testing.T) {
	t.Parallel()
	r := &rekeying{}
	var states []status.KeyState
	x := start(t, exporter.Config{
		APIKey: "old-key", Transport: r, OnKey: func(k status.KeyState) { states = append(states, k) },
	})
	r.change = func() {
		if err := x.SetAPIKey("new-key"); err != nil {
			t.Error(err)
		}
	}
	if err := x.Export(t.Context(), exporter.NDJSON("many", bytes.NewReader(distinct("key", 5000)))); err != nil {
		t.Fatalf("Export: %v", err)
	}
	if l := x.Ledger(); l.Accepted != 5000 || !l.Balanced() || len(states) > 0 {
		t.Errorf("ledger %+v, key states %+v; want 5000 accepted and no key state", l, states)
	}
	if got := scrape(t, x); !strings.Contains(got, `currents_exporter_answers_total{class="old_key"}`) {
		t.Errorf("metrics do not count the refusals of the old key:\n%s", got)
	}
}
