package amplitude

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEnvelope(t *testing.T) {
	t.Parallel()
	events := [][]byte{[]byte(`{"a":1}`), []byte(`{"b":2}`)}
	for _, row := range []struct {
		key         string
		minIDLength int
		events      [][]byte
		want        string
	}{
		{"K", 1, events, `{"api_key":"K","events":[{"a":1},{"b":2}],"options":{"min_id_length":1}}`},
		{"K", 0, events[:1], `{"api_key":"K","events":[{"a":1}]}`},
		{`"\`, 0, nil, `{"api_key":"\"\\","events":[]}`},
	} {
		e := NewEnvelope(NewKey(row.key), row.minIDLength)
		if got := string(e.Append(nil, row.events)); got != row.want {
			t.Errorf("key %q, min_id_length %d:\n got %s\nwant %s", row.key, row.minIDLength, got, row.want)
		}
		if got, want := e.Room(), 1_000_000-len(e.Append(nil, nil)); got != want {
			t.Errorf("Room = %d, want %d", got, want)
		}
	}
}

func TestKey_neverPrints(t *testing.T) {
	t.Parallel()
	key := NewKey("s3cret")
	inJSON, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s %q", key, key, key, key, key),
		fmt.Sprintf("%+v", struct{ K Key }{key}), string(inJSON), key.LogValue().String(),
	} {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, "[redacted]") {
			t.Errorf("a key prints as %s", text)
		}
	}
}

func TestClient_Post(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method, r.URL.Path, r.Header.Get("Content-Type"), string(body))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	c := newClient(t, server.URL+"/")
	a, err := c.Post(t.Context(), [][]byte{[]byte(`{"a":1}`)})
	if err != nil || a.Status != 503 || a.RetryAfter != 7*time.Second {
		t.Errorf("Post = %+v, %v; want 503 and 7 s", a, err)
	}
	want := []string{"POST", "/2/httpapi", "application/json", `{"api_key":"K","events":[{"a":1}]}`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("received %q, want %q", got, want)
	}
}

func TestClient_doesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	a, err := newClient(t, server.URL).Post(t.Context(), nil)
	if err != nil || a.Status != 302 || requests != 1 {
		t.Errorf("Post = %+v, %v after %d requests; want 302 after one", a, err, requests)
	}
}

func TestClient_noAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	if a, err := newClient(t, server.URL).Post(t.Context(), nil); err == nil || a.Status != 0 {
		t.Errorf("Post = %+v, %v; want an error and no status", a, err)
	}
}

// An answer is Amplitude's when its end has arrived: of one whose connection broke it is
// not known what else it would have held, though what came of it is whole.
// A user in the base URL may be a token. Go's own error hides the password alone.
func TestClient_noAnswerHidesUser(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newClient(t, strings.Replace(server.URL, "://", "://t0ken@", 1))
	_, err := c.Post(t.Context(), nil)
	if err == nil || strings.Contains(err.Error(), "t0ken") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Post = %v, want connection refused, without the user of the URL", err)
	}
}

func TestClient_brokenAnswer(t *testing.T) {
	t.Parallel()
	const body = `{"code":200,"events_ingested":1,"payload_size_bytes":9,"server_upload_time":1}`
	const invalid = `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":[0]}}`
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	head := func(status, more string) string {
		return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more + "\r\n\r\n"
	}
	for _, row := range []struct {
		name, answer string
		reset        bool // the connection, before its end
		status       int
		foreign      bool
	}{
		{"whole", head("200 OK", "Content-Length: "+strconv.Itoa(len(body))) + body, false, 200, false},
		{"whole in chunks", head("200 OK", "Transfer-Encoding: chunked") + chunk(body) + "0\r\n\r\n", false, 200, false},
		{"up to the end of the connection", head("200 OK", "Connection: close") + body, false, 200, false},
		{"one byte short of its length", head("200 OK", "Content-Length: "+strconv.Itoa(len(body)+1)) + body, false, 200, true},
		{"far from its length", head("200 OK", "Content-Length: 5000") + body, false, 200, true},
		{"without its last chunk", head("200 OK", "Transfer-Encoding: chunked") + chunk(body), false, 200, true},
		{"without the line behind the last chunk", head("200 OK", "Transfer-Encoding: chunked") + chunk(body) + "0\r\n", false, 200, true},
		{"in a chunk that is longer", head("200 OK", "Transfer-Encoding: chunked") + "fff\r\n" + body, false, 200, true},
		{"reset before its end", head("200 OK", "Content-Length: 5000") + body, true, 200, true},
		{"refusal without its last chunk", head("400 Bad Request", "Transfer-Encoding: chunked") + chunk(invalid), false, 400, true},
		{"overload that breaks", head("503 Service Unavailable", "Content-Length: 5000") + body, false, 503, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, err := newClient(t, answering(t, row.answer, row.reset)).Post(t.Context(), [][]byte{[]byte(`{}`)})
			if row.reset && err != nil {
				return // the reset overtook the answer
			}
			if err != nil || a.Status != row.status || a.Foreign != row.foreign {
				t.Errorf("Post = %+v, %v; want status %d, foreign: %v", a, err, row.status, row.foreign)
			}
			if row.foreign && (a.Ingested > 0 || len(a.InvalidField) > 0) {
				t.Errorf("Post = %+v: something was read of an answer that broke", a)
			}
		})
	}
}

// answering returns the URL of a server that answers one request and hangs up.
func answering(t *testing.T, answer string, reset bool) (url string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		if err == nil {
			_, err = io.WriteString(conn, answer)
		}
		if tcp, ok := conn.(*net.TCPConn); ok && err == nil && reset {
			err = tcp.SetLinger(0)
		}
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		served.Wait()
	})
	return "http://" + l.Addr().String()
}

// An answer that speaks of more events than were sent is to another upload: a cache or a
// mixed-up connection gave it.
func TestClient_moreThanSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"code":200,"events_ingested":2,"payload_size_bytes":9,"server_upload_time":1}`)
	}))
	defer server.Close()
	c := newClient(t, server.URL)
	for _, row := range []struct {
		events  [][]byte
		foreign bool
	}{
		{[][]byte{[]byte(`{}`)}, true},
		{[][]byte{[]byte(`{}`), []byte(`{}`)}, false},
		{[][]byte{[]byte(`{}`), []byte(`{}`), []byte(`{}`)}, false},
	} {
		a, err := c.Post(t.Context(), row.events)
		if err != nil || a.Status != 200 || a.Foreign != row.foreign {
			t.Errorf("Post of %d events = %+v, %v; want foreign: %v", len(row.events), a, err, row.foreign)
		}
	}
}

// What somebody between says is described, without anything that was sent.
func TestClient_describesForeignAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "<html>\r\n\x1b[31m<h1>Blocked</h1>\n%s</html>", sent)
	}))
	defer server.Close()
	c := newClient(t, server.URL)
	c.SetEnvelope(NewEnvelope(NewKey("5ecre7key"), 0))
	a, err := c.Post(t.Context(), [][]byte{[]byte(`{"user_id":"maria@shop.example","price":12}`)})
	want := Answer{
		Status: 400, Foreign: true, Generation: 1, ContentType: "text/html",
		Excerpt: `<html> [31m<h1>Blocked</h1> {"..._...":"...","...":[{"..._...":"...@.........."`,
	}
	if err != nil || a.Foreign != want.Foreign || a.ContentType != want.ContentType || a.Generation != want.Generation {
		t.Fatalf("Post = %+v, %v; want %+v", a, err, want)
	}
	for _, secret := range []string{"5ecre7key", "maria", "shop", "example", "\x1b", "\n"} {
		if strings.Contains(a.Excerpt, secret) {
			t.Errorf("the excerpt %q holds %q", a.Excerpt, secret)
		}
	}
	if !strings.HasPrefix(a.Excerpt, "<html> [31m<h1>Blocked</h1> {") || len(a.Excerpt) > 80 {
		t.Errorf("the excerpt is %q (%d bytes)", a.Excerpt, len(a.Excerpt))
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, answer, sent, want string }{
		{"nothing", "", "x", ""},
		{"binary", "\x00\x01\xff\xfe", "x", ""},
		{"spaces", " \r\n a \t b ", "x", "a b"},
		{"other scripts", "Zugriff verweigert: über 限制", "x", "Zugriff verweigert: über 限制"},
		{"direction marks", "a\u202eb", "x", "ab"},
		{"what was sent, in other case", "no such key ABC123", `{"api_key":"abc123"}`, "no such ... ..."},
		{"short words say little", "a 12 b", `{"a":12}`, "a 12 b"},
		{"long", strings.Repeat("é", 100), "x", strings.Repeat("é", 40)},
		{"a word that is not seen to its end", "<p> " + strings.Repeat("k", 2000), "kkkk", "<p>"},
	} {
		if got := excerpt([]byte(row.answer), []byte(row.sent), maxExcerpt); got != row.want {
			t.Errorf("%s: excerpt = %q, want %q", row.name, got, row.want)
		}
	}
}

// A refusal must be distinguished from one of the key before.
func TestClient_Generation(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c := newClient(t, server.URL)
	before, err := c.Post(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.SetEnvelope(NewEnvelope(NewKey("new"), 0))
	after, err := c.Post(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if before.Generation != 0 || after.Generation != 1 || c.Generation() != 1 {
		t.Errorf("generations %d, %d, now %d; want 0, 1 and 1", before.Generation, after.Generation, c.Generation())
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	for header, want := range map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		"-1":                            0,
		"soon":                          0,
		"999999":                        time.Hour,
		"Thu, 01 Jan 2026 00:00:10 GMT": 10 * time.Second,
		"Thu, 01 Jan 2015 00:00:10 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", header, got, want)
		}
	}
}

func newClient(t *testing.T, url string) *Client {
	t.Helper()
	c, err := NewClient(url, NewEnvelope(NewKey("K"), 0), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

// A program that traces its requests has replaced the default transport.
func TestClient_replacedDefaultTransport(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	traced := &tracing{}
	traced.RoundTripper, http.DefaultTransport = http.DefaultTransport, traced
	defer func() { http.DefaultTransport = traced.RoundTripper }()
	c, err := NewClient(server.URL, NewEnvelope(NewKey("K"), 0), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Post(t.Context(), nil)
	if traced.requests != 1 {
		t.Errorf("%d requests are traced, want 1", traced.requests)
	}
}

type tracing struct {
	http.RoundTripper

	requests int
}

func (t *tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	t.requests++
	return t.RoundTripper.RoundTrip(r)
}
