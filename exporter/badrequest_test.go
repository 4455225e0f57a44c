package exporter_test

import (
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// What the HTTP server refuses before a handler sees it is logged and counted, too.
func TestObserve(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, request, status string }{
		{"header fields that are too long", "POST /events HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"an expectation", "POST /events HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 417 "},
		{"no request line", "nonsense\r\n\r\n", "HTTP/1.1 400 "},
		{"no host", "POST /events HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"a transfer encoding", "POST /events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: snappy\r\n\r\n", "HTTP/1.1 501 "},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "HTTP/1.1 400 "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var log logText
			x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			server := httptest.NewUnstartedServer(x.PostHandler())
			server.Listener = x.Observe(server.Listener)
			server.Start()
			defer server.Close()
			for range 3 {
				if got := raw(t, server.Listener.Addr(), row.request); !strings.HasPrefix(got, row.status) {
					t.Errorf("answer %.100q, want %s", got, row.status)
				}
			}
			if n := x.Stats().RefusedPosts["bad_request"]; n != 3 || len(x.Stats().RefusedPosts) != 1 {
				t.Errorf("refused %v, want 3 bad requests", x.Stats().RefusedPosts)
			}
			if n := strings.Count(log.String(), `msg="post refused"`); n != 1 {
				t.Errorf("%d lines, want 1:\n%s", n, log.String())
			}
			// What a handler answers counts once.
			raw(t, server.Listener.Addr(), "POST /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
			raw(t, server.Listener.Addr(), "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if n := x.Stats().RefusedPosts["bad_request"]; n != 3 {
				t.Errorf("answers of handlers count as bad requests: %v", x.Stats().RefusedPosts)
			}
		})
	}
}

// raw sends bytes and returns the answer.
func raw(t *testing.T, to net.Addr, request string) string {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, request) }()
	answer, _ := io.ReadAll(c) // a server that does not read all resets the connection
	return string(answer)
}
