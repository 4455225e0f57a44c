package controlapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// liveBench is a control API on a server, with a handler whose streams a test can change.
type liveBench struct {
	*testing.T
	h      *handler
	server *httptest.Server
	close  func()
}

func newLiveBench(t *testing.T, wall func() time.Time, change func(*live)) *liveBench {
	t.Helper()
	closing, closeAll := context.WithCancel(context.Background())
	simulated := clock.Stopped(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), wall)
	service := ingestion.New(ingestion.Config{Clock: simulated, Journal: journal.New(64 << 20), Limits: limits.Published()})
	cohorts := cohort.New(simulated, "amplitude")
	h := &handler{
		Service: service, live: newLive(),
		cfg: Config{Closing: closing, Metrics: http.NotFoundHandler(), Cohorts: cohorts},
	}
	change(&h.live)
	server := httptest.NewServer(newRouter(h))
	// Close waits for the handlers: a stream that did not end would hold the test.
	t.Cleanup(func() { closeAll(); cohorts.Close(); server.Close() })
	for _, key := range []string{"key-1", "key-2"} {
		if _, err := service.CreateKey(control.Key{APIKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	return &liveBench{t, h, server, closeAll}
}

func quick(l *live) { l.every = time.Millisecond }

// upload sends one event.
func (b *liveBench) upload(key string) {
	b.h.Upload(ingestion.Request{Endpoint: &b.h.HTTPAPI, Body: fmt.Appendf(nil, `{"api_key":%q,"events":[{"user_id":"user-0001","event_type":"Tap"}]}`, key)})
}

// open returns the lines of a stream.
func (b *liveBench) open(query string) (*http.Response, *bufio.Scanner) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.server.URL+Prefix+"/events"+query, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := b.server.Client().Do(req)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { resp.Body.Close() })
	return resp, bufio.NewScanner(resp.Body)
}

// until reads lines up to the first that begins with a text, and returns it.
func (b *liveBench) until(lines *bufio.Scanner, begin string) string {
	b.Helper()
	var seen []string
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), begin) {
			return lines.Text()
		}
		seen = append(seen, lines.Text())
	}
	b.Fatalf("no line that begins with %q in %q: %v", begin, seen, lines.Err())
	return ""
}

// closed waits until no more streams than most are open.
func (b *liveBench) closed(most int64) {
	b.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for b.h.live.streams.Load() > most {
		select {
		case <-again.C:
		case <-b.Context().Done():
			b.Fatal("a stream stayed open")
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	b := newLiveBench(t, time.Now, quick)
	b.upload("key-1")
	b.upload("key-2")
	_, lines := b.open("?key=key-1&after=0")
	want := func(line string) {
		t.Helper()
		b.until(lines, line)
	}
	const at = `{"clock":{"now":"2026-01-02T03:04:05Z","frozen":true,"scale":1}`
	want(`data: ` + at + `,"requests":1,"changes":0}`)
	want("id: 1")
	want(`data: {"seq":1,`)
	b.upload("key-2") // of which this stream says nothing
	b.upload("key-1")
	want("id: 4")
	call(t, b.server, "POST", "/clock/advance", `{"seconds":30}`)
	want(`data: {"clock":{"now":"2026-01-02T03:04:35Z","frozen":true,"scale":1},"requests":2,"changes":1}`)
	call(t, b.server, "POST", "/clock/scale", `{"scale":-1}`) // which changes nothing
	call(t, b.server, "POST", "/faults", `{"do":{"waf":{}}}`)
	want(`data: {"clock":{"now":"2026-01-02T03:04:35Z","frozen":true,"scale":1},"requests":2,"changes":2}`)
	b.close()
	want("event: end")
	want(`data: {"why":"the simulator is closing"}`)
	b.closed(0)
}

func call(t *testing.T, server *httptest.Server, method, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+Prefix+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// TestStream_goesOn comes again with the id of the last request seen.
func TestStream_goesOn(t *testing.T) {
	t.Parallel()
	b := newLiveBench(t, time.Now, quick)
	for range 3 {
		b.upload("key-1")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+Prefix+"/events?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "2")
	resp, err := b.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := b.until(bufio.NewScanner(resp.Body), "id: "); got != "id: 3" {
		t.Errorf("after request 2 came %q, want request 3", got)
	}
}

func TestStream_tooMany(t *testing.T) {
	t.Parallel()
	b := newLiveBench(t, time.Now, func(l *live) { quick(l); l.most = 2 })
	first, lines := b.open("")
	b.until(lines, "event: state")
	_, lines = b.open("")
	b.until(lines, "event: state")
	if resp, _ := b.open(""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the third stream of two: status %d, want 503", resp.StatusCode)
	}
	first.Body.Close()
	b.closed(1)
	if resp, _ := b.open(""); resp.StatusCode != http.StatusOK {
		t.Errorf("after one was closed: status %d, want 200", resp.StatusCode)
	}
}

// TestStream_slow lets three seconds pass with every look at the clock, so that each write
// seems to have taken them.
func TestStream_slow(t *testing.T) {
	t.Parallel()
	var looks atomic.Int64
	b := newLiveBench(t, func() time.Time { return time.Unix(looks.Add(3), 0) }, quick)
	b.upload("key-1")
	resp, lines := b.open("?after=0")
	b.until(lines, "event: end")
	if got, want := b.until(lines, "data: "), `data: {"why":"read too slowly: a part took 3s; go on with after=1"}`; got != want {
		t.Errorf("a slow reader was sent %s, want %s", got, want)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the rest of the stream: %v, want none", err)
	}
	b.closed(0)
}

// TestStream_dead opens a stream and reads nothing: it is cut off, and holds nothing.
func TestStream_dead(t *testing.T) {
	t.Parallel()
	b := newLiveBench(t, time.Now, func(l *live) { quick(l); l.dead = 10 * time.Millisecond })
	for range 60_000 { // more than the buffers of a connection hold
		b.upload("key-1")
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", b.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := errors.Join(conn.(*net.TCPConn).SetReadBuffer(4096), conn.SetDeadline(time.Now().Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n", Prefix)
	begin := make([]byte, 15)
	if _, err := io.ReadFull(conn, begin); err != nil || string(begin) != "HTTP/1.1 200 OK" {
		t.Fatalf("the stream began with %q: %v", begin, err)
	}
	b.closed(0)
}
