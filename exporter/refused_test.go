package exporter_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// logText is a log that goroutines write to.
type logText struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func get(t *testing.T, x *exporter.Exporter, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	x.StatusHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w
}

// Whatever a post is refused for is logged once a minute and counted.
func TestHandler_refused(t *testing.T) {
	t.Parallel()
	good := open("event-00001", "user-0001")
	for _, row := range []struct {
		reason               string
		method, path, uri    string
		body, token, packing string
		status               int
		drained              bool
	}{
		{reason: "unauthorized", body: good, token: "Bearer wrong", status: 401},
		{reason: "unauthorized", body: good, status: 401},
		{reason: "wrong_path", path: "/", body: good, token: "Bearer T", status: 404},
		{reason: "wrong_path", path: "/events/", body: good, token: "Bearer T", status: 404},
		{reason: "wrong_path", path: "//events", body: good, token: "Bearer T", status: 404},
		{reason: "wrong_path", path: "/x/../events", body: good, token: "Bearer T", status: 404},
		{reason: "wrong_path", path: "/healthz", body: good, token: "Bearer T", status: 404},
		{reason: "wrong_method", method: http.MethodPut, body: good, token: "Bearer T", status: 405},
		{reason: "wrong_method", method: http.MethodGet, token: "Bearer T", status: 405},
		{reason: "too_large", body: strings.Repeat(" ", 2000), token: "Bearer T", status: 413},
		{reason: "wrong_encoding", body: good, packing: "br", token: "Bearer T", status: 415},
		{reason: "unreadable_body", body: good, packing: "gzip", token: "Bearer T", status: 400},
		{reason: "empty", token: "Bearer T", status: 400},
		{reason: "cut", body: `{"events":[` + good, token: "Bearer T", status: 400},
		{reason: "no_events", body: "nonsense", token: "Bearer T", status: 400},
		{reason: "bad_request", method: "PRI", uri: "*", status: 400}, // HTTP/2 without TLS
		{reason: "busy", body: good, token: "Bearer T", status: 503, drained: true},
	} {
		t.Run(fmt.Sprint(row.reason, row.path, row.method, row.token), func(t *testing.T) {
			t.Parallel()
			var log logText
			c := newClock()
			x := start(t, exporter.Config{
				APIKey: "key", Transport: &refusing{}, Token: "T", MaxBody: 1000, Clock: c,
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if row.drained {
				if _, err := x.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			send := func() {
				method, path := http.MethodPost, "/events"
				if row.method != "" {
					method = row.method
				}
				if row.path != "" {
					path = row.path
				}
				r := httptest.NewRequest(method, "http://exporter.test"+path, strings.NewReader(row.body))
				if row.uri != "" {
					r.RequestURI = row.uri
				}
				r.Header.Set("Authorization", row.token)
				r.Header.Set("Content-Encoding", row.packing)
				w := httptest.NewRecorder()
				x.Handler().ServeHTTP(w, r)
				if w.Code != row.status {
					t.Fatalf("answer %d %s, want %d", w.Code, w.Body, row.status)
				}
			}
			for range 100 {
				send()
			}
			c.advance(2 * time.Minute)
			send()
			lines := strings.Count(log.String(), `msg="post refused"`)
			if lines != 2 || !strings.Contains(log.String(), "reason="+row.reason) || !strings.Contains(log.String(), "more_like_this=99") {
				t.Errorf("%d lines, want 2 that say %s, the second with the 99 in between:\n%s", lines, row.reason, log.String())
			}
			for _, secret := range []string{"wrong", "user-0001"} {
				if strings.Contains(strings.ReplaceAll(log.String(), row.reason, ""), secret) {
					t.Errorf("the log holds %q:\n%s", secret, log.String())
				}
			}
			if l := x.Ledger(); l.Read != 0 || l.Held != 0 || len(l.Dropped) != 0 {
				t.Errorf("ledger %+v, want nothing of posts that come again", l)
			}
			if got, want := get(t, x, "/stats").Body.String(), `"posts_refused":{"`+row.reason+`":101}`; !strings.Contains(got, want) {
				t.Errorf("stats %s, want %s", got, want)
			}
			if got, want := scrape(t, x), `posts_refused_total{reason="`+row.reason+`"} 101`; !strings.Contains(got, want) {
				t.Errorf("metrics lack %s", want)
			}
		})
	}
}

// A post of a few kB that is packed can hold ten million records of three bytes. It is
// given up before each of them has cost its microseconds, and counts as too large.
func TestHandler_unreadWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"objects of a post":   `{"events":[` + strings.Repeat("{},", 1_000_000) + `{}]}`,
		"objects of an array": `[` + strings.Repeat("{},", 1_000_000) + `{}]`,
		"lines":               strings.Repeat("{}\n", 1_000_000),
		"on one line":         strings.Repeat("{}", 1_000_000),
		"numbers":             `{"events":[` + strings.Repeat("0,", 1_000_000) + `0]}`,
		"cut objects":         strings.Repeat("{\n", 1_000_000),
		"braces":              strings.Repeat("}\n", 1_000_000),
		"behind an event":     open("event-00001", "user-0001") + "\n" + strings.Repeat("{}\n", 1_000_000),
	} {
		x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}, Clock: newClock(), Logger: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest(http.MethodPost, "http://exporter.test/events", strings.NewReader(body))
		w := httptest.NewRecorder()
		x.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "more than 100000 records of the body cannot be read") {
			t.Errorf("%s: answer %d %.200s", name, w.Code, w.Body)
		}
		if l := x.Ledger(); l.Read != 0 || l.Held != 0 {
			t.Errorf("%s: ledger %+v, want nothing of the post", name, l)
		}
		if got := get(t, x, "/stats").Body.String(); !strings.Contains(got, `"posts_refused":{"too_large":1}`) {
			t.Errorf("%s: stats %s", name, got)
		}
	}
}

// A hundred events of one unknown type hide neither the other unknown types nor what
// is malformed, and a type that Amplitude is not sent is no unknown one.
func TestHandler_unknownTypes(t *testing.T) {
	t.Parallel()
	var log logText
	x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	event := func(id, typ string) string {
		return strings.Replace(open(id, "user-0001"), "users.messages.email.Open", typ, 1)
	}
	var events []string
	for i := range 100 {
		events = append(events, event(fmt.Sprint("a", i), "users.messages.telegram.Send"))
	}
	events = append(events, event("b", "users.messages.fax.Send"), event("c", `x\u001b[31m\u202e`), event("d", ""),
		event("e", "users.RandomBucketNumberUpdate"), `7`)
	for range 3 {
		if w := post(t, x, `{"events":[`+strings.Join(events, ",")+`]}`); w.Code != http.StatusOK {
			t.Fatalf("answer %d %s", w.Code, w.Body)
		}
	}
	for typ, n := range map[string]int{"users.messages.telegram.Send": 1, "users.messages.fax.Send": 1, "x?[31m?": 1} {
		if got := strings.Count(log.String(), "event of an unknown type\" type="+typ); got != n {
			t.Errorf("%q is named %d times, want %d:\n%s", typ, got, n, log.String())
		}
	}
	if got := strings.Count(log.String(), "msg=\"event dropped\""); got == 0 || got > 2 {
		t.Errorf("%d lines of what is malformed, want one or two:\n%s", got, log.String())
	}
	stats := get(t, x, "/stats").Body.String()
	for _, want := range []string{
		`"users.messages.telegram.Send":300`, `"users.messages.fax.Send":3`, `"x?[31m?":3`,
		`"not_exported_by_type":{"users.RandomBucketNumberUpdate":3}`,
	} {
		if !strings.Contains(stats, want) {
			t.Errorf("stats %s lack %s", stats, want)
		}
	}
	metrics := scrape(t, x)
	for _, want := range []string{
		`events_unknown_type_total{type="users.messages.telegram.Send"} 300`,
		`events_not_exported_total{type="users.RandomBucketNumberUpdate"} 3`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if l := x.Ledger(); !l.Balanced() {
		t.Errorf("ledger %+v", l)
	}
}

// The number of names is bounded, and so is the length of one.
func TestHandler_unknownTypesWithoutEnd(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}})
	var events []string
	for i := range 1000 {
		events = append(events, strings.Replace(open(strconv.Itoa(i), "u"), "users.messages.email.Open", fmt.Sprint("type-", i), 1))
	}
	events = append(events, strings.Replace(open("long", "u"), "users.messages.email.Open", strings.Repeat("z", 1<<18), 1))
	for range 2 {
		post(t, x, `{"events":[`+strings.Join(events, ",")+`]}`)
	}
	l, sum := x.Ledger(), int64(0)
	for name, n := range l.Unknown {
		sum += n
		if len(name) > 110 {
			t.Errorf("a name of %d bytes", len(name))
		}
	}
	if len(l.Unknown) != 201 || sum != 2*1001 || l.Unknown["(other types)"] != 2*801 {
		t.Errorf("%d names, %d events, %d of other types; want 201, 2002, 1602", len(l.Unknown), sum, l.Unknown["(other types)"])
	}
}
