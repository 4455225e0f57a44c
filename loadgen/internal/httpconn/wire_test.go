package httpconn_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

func body(s string) []byte { return append(make([]byte, httpconn.HeadRoom), s...) }

func open(tb testing.TB, target string, headers ...string) *httpconn.Conn {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := httpconn.NewEndpoint(u, headers...)
	if err != nil {
		tb.Fatal(err)
	}
	c := httpconn.NewConn(e, &net.Dialer{}, time.Now)
	tb.Cleanup(c.Close)
	return c
}

func TestConn_Post(t *testing.T) {
	t.Parallel()
	conns := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conns[r.RemoteAddr] = true
		got, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/flush" {
			w.WriteHeader(http.StatusTooManyRequests)
			_ = http.NewResponseController(w).Flush() // makes the answer chunked
		}
		_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(got))
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")

	c := open(t, srv.URL+"/2/httpapi", "Authorization", "Bearer t")
	for _, text := range []string{"one", "", strings.Repeat("x", 70_000), "four"} {
		a, err := c.Post(t.Context(), body(text), time.Now().Add(5*time.Second))
		if err != nil {
			t.Fatalf("Post(%d bytes): %v", len(text), err)
		}
		if want := "POST " + host + "/2/httpapi Bearer t " + text; a.Status != 200 || string(a.Body) != want {
			t.Errorf("Post(%d bytes) = %d %.80q, want 200 %.80q", len(text), a.Status, a.Body, want)
		}
	}
	if len(conns) != 1 {
		t.Errorf("four posts used %d connections, want 1", len(conns))
	}
	a, err := open(t, srv.URL+"/flush").Post(t.Context(), body("hi"), time.Now().Add(5*time.Second))
	if want := "POST " + host + "/flush  hi"; err != nil || a.Status != 429 || string(a.Body) != want {
		t.Errorf("chunked: %d %q, %v; want 429 %q", a.Status, a.Body, err, want)
	}
}

func TestConn_PostTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	_, err := open(t, srv.URL).Post(t.Context(), body("x"), time.Now().Add(5*time.Second))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server with an unknown certificate: %v, want a certificate error", err)
	}
}

// script is a dialer whose connections answer with fixed bytes and then close.
type script string

func (s script) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
			_, _ = io.WriteString(server, string(s))
		}
	}()
	return client, nil
}

func post(tb testing.TB, answer string) (httpconn.Answer, error) {
	tb.Helper()
	u := &url.URL{Scheme: "http", Host: "example.test", Path: "/"}
	e, err := httpconn.NewEndpoint(u)
	if err != nil {
		tb.Fatal(err)
	}
	c := httpconn.NewConn(e, script(answer), time.Now)
	defer c.Close()
	return c.Post(tb.Context(), body(""), time.Now().Add(5*time.Second))
}

func TestConn_Answers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, answer string
		status       int
		body, err    string
	}{
		{"length", "HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nhi", 200, "hi", ""},
		{"until close", "HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello", ""},
		{"after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", 400, "", ""},
		{"chunks and trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n", 200, "hi!", ""},
		{"cut short", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", 0, "", "unexpected EOF"},
		{"nothing", "", 0, "", "unexpected EOF"},
		{"endless head", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 5<<20), 0, "", "longer than"},
		{"endless body", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 5<<20), 0, "", "longer than"},
		{"not HTTP", "SSH-2.0-OpenSSH_9.9 welcome\r\n", 0, "", "malformed HTTP"},
		{"huge", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 0, "", "longer than"},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, "", "Content-Length"},
		{"wrong chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n", 0, "", "chunk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := post(t, tt.answer)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("answer %q: %d %q, %v; want an error with %q", tt.answer, a.Status, a.Body, err, tt.err)
				}
				return
			}
			if err != nil || a.Status != tt.status || string(a.Body) != tt.body {
				t.Errorf("answer %q: %d %q, %v; want %d %q", tt.answer, a.Status, a.Body, err, tt.status, tt.body)
			}
		})
	}
}

// What a server sends beyond an answer is not the answer to the next request.
func TestConn_PostUnaskedAnswer(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
	for name, beyond := range map[string]string{
		"nothing":     "",
		"an answer":   ok,
		"a long body": "!",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := httpconn.NewEndpoint(&url.URL{Scheme: "http", Host: "example.test", Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			d := &twice{answers: []string{ok + beyond, "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"}}
			c := httpconn.NewConn(e, d, time.Now)
			defer c.Close()
			for _, want := range []int{200, 429} {
				if a, err := c.Post(t.Context(), body(""), time.Now().Add(5*time.Second)); err != nil || a.Status != want {
					t.Errorf("Post = %d, %v; want %d", a.Status, err, want)
				}
			}
		})
	}
}

// twice answers the requests of all its connections in turn.
type twice struct {
	answers []string
	next    atomic.Int32
}

func (d *twice) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		for r := bufio.NewReader(server); ; {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			_, _ = io.WriteString(server, d.answers[d.next.Add(1)-1])
		}
	}()
	return client, nil
}

// A connection that was idle is used again if it is there, and opened anew if the
// server has closed it.
func TestConn_PostAfterIdle(t *testing.T) {
	t.Parallel()
	for _, closes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			d := &counted{closes: closes}
			e, err := httpconn.NewEndpoint(&url.URL{Scheme: "http", Host: "example.test", Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			c := httpconn.NewConn(e, d, time.Now)
			for range 3 {
				if a, err := c.Post(t.Context(), body("x"), time.Now().Add(time.Second)); err != nil || a.Status != 200 {
					t.Errorf("server closes idle connections: %v; Post = %d, %v", closes, a.Status, err)
				}
				<-time.After(10 * time.Second)
			}
			c.Close()
			d.wg.Wait()
			if want := map[bool]int{false: 1, true: 3}[closes]; d.dials != want {
				t.Errorf("server closes idle connections: %v; %d connections, want %d", closes, d.dials, want)
			}
		})
	}
}

// counted is a server that may close connections after 5 s without a request.
type counted struct {
	closes bool
	dials  int
	wg     sync.WaitGroup
}

func (d *counted) DialContext(context.Context, string, string) (net.Conn, error) {
	d.dials++
	client, server := net.Pipe()
	d.wg.Go(func() {
		defer server.Close()
		for r := bufio.NewReader(server); ; {
			if d.closes {
				_ = server.SetReadDeadline(time.Now().Add(5 * time.Second))
			}
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	return client, nil
}

// hasty answers after the first bytes of a request and hangs up.
type hasty struct{}

func (hasty) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	early := &earlyReader{Conn: client, answered: make(chan struct{})}
	go func() {
		defer server.Close()
		_, _ = io.ReadFull(server, make([]byte, 100))
		close(early.answered)
	}()
	return early, nil
}

// earlyReader is a connection whose peer is gone for writing, while its answer
// can be read.
type earlyReader struct {
	net.Conn
	answered chan struct{}
	text     io.Reader
}

func (e *earlyReader) Read(p []byte) (int, error) {
	<-e.answered
	if e.text == nil {
		e.text = strings.NewReader("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
	}
	return e.text.Read(p)
}

func TestConn_PostAnsweredEarly(t *testing.T) {
	t.Parallel()
	e, err := httpconn.NewEndpoint(&url.URL{Scheme: "http", Host: "example.test", Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	c := httpconn.NewConn(e, hasty{}, time.Now)
	defer c.Close()
	a, err := c.Post(t.Context(), body(strings.Repeat("x", 10_000)), time.Now().Add(5*time.Second))
	if err != nil || a.Status != 413 {
		t.Errorf("Post = %d, %v; want the 413 that came before the body was through", a.Status, err)
	}
}

func TestConn_PostTimesOut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	_, err := open(t, srv.URL).Post(t.Context(), body("x"), time.Now().Add(30*time.Millisecond))
	var timeout net.Error
	if !asTimeout(err, &timeout) {
		t.Errorf("Post to a silent server: %v, want a timeout", err)
	}
}

func asTimeout(err error, target *net.Error) bool {
	return errors.As(err, target) && (*target).Timeout()
}
