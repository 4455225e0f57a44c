package exporter_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// The status pages beside the posts are for this machine, or for who has the admin
// token; with a listener of their own they are for all that reach it.
func TestHandler_statusIsGuarded(t *testing.T) {
	t.Parallel()
	const here, there = "127.0.0.1:4711", "192.0.2.7:4711"
	for _, row := range []struct {
		name, remote, host, token string // token: that of the configuration
		header, value             string
		own                       bool   // on a listener of its own
		at                        string // address of the listener
		status                    int
	}{
		{name: "this machine", remote: here, host: "127.0.0.1:8090", status: 200},
		{name: "this machine by name", remote: here, host: "localhost:8090", status: 200},
		{name: "this machine, IPv6", remote: "[::1]:4711", host: "[::1]:8090", status: 200},
		{name: "another machine", remote: there, host: "10.0.0.1:8090", status: 403},
		{name: "another machine that says localhost", remote: there, host: "localhost", status: 403},
		{name: "a page whose name leads here", remote: here, host: "evil.example:8090", status: 403},
		{name: "through a proxy here", remote: here, host: "127.0.0.1", header: "X-Forwarded-For", value: "192.0.2.7", status: 403},
		{name: "through a proxy here, new header", remote: here, host: "127.0.0.1", header: "Forwarded", value: "for=192.0.2.7", status: 403},
		{name: "without the token", remote: here, host: "127.0.0.1:8090", token: "A", status: 401},
		{name: "with another token", remote: here, host: "127.0.0.1", token: "A", header: "Authorization", value: "Bearer T", status: 401},
		{name: "with the token from afar", remote: there, host: "10.0.0.1", token: "A", header: "Authorization", value: "Bearer A", status: 200},
		{name: "own listener", own: true, remote: there, host: "10.0.0.1:9090", status: 200},
		{name: "own listener here", own: true, at: here, remote: here, host: "127.0.0.1:9090", status: 200},
		{name: "own listener here by name", own: true, at: "[::1]:9090", remote: "[::1]:4711", host: "localhost:9090", status: 200},
		{name: "own listener here, a page whose name leads here", own: true, at: here, remote: here, host: "evil.example:9090", status: 403},
		{name: "own listener elsewhere by name", own: true, at: "10.0.0.1:9090", remote: there, host: "exporter.example:9090", status: 200},
		{name: "own listener here with the token", own: true, at: here, remote: here, host: "x.example", token: "A", header: "Authorization", value: "Bearer A", status: 200},
		{name: "own listener without the token", own: true, remote: there, host: "10.0.0.1", token: "A", status: 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}, Token: "T", AdminToken: row.token})
			handler := x.Handler()
			if row.own {
				handler = x.StatusHandler()
			}
			ask := func(path string) int {
				r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
				r.RemoteAddr, r.Host = row.remote, row.host
				if row.at != "" {
					at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(row.at))
					r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(at)))
				}
				if row.header != "" {
					r.Header.Set(row.header, row.value)
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				return w.Code
			}
			for _, path := range []string{"/stats", "/metrics", "/lanes"} {
				if got := ask(path); got != row.status {
					t.Errorf("%s: %d, want %d", path, got, row.status)
				}
			}
			if got := ask("/healthz"); got != http.StatusOK {
				t.Errorf("/healthz: %d, want 200 for everybody", got)
			}
		})
	}
}

// A web page cannot post events.
func TestHandler_browsersCannotPost(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, header, value string
		status              int
	}{
		{"a server", "", "", 200},
		{"typed by hand", "Sec-Fetch-Site", "none", 200},
		{"a page of another site", "Origin", "http://evil.example", 403},
		{"a page of this site", "Origin", "http://example.com", 403},
		{"a sandboxed page", "Origin", "null", 403},
		{"another site without an origin", "Sec-Fetch-Site", "cross-site", 403},
		{"another port of this machine", "Sec-Fetch-Site", "same-site", 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}})
			r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(open("event-00001", "user-0001")))
			r.Header.Set("Content-Type", "text/plain")
			if row.header != "" {
				r.Header.Set(row.header, row.value)
			}
			w := httptest.NewRecorder()
			x.Handler().ServeHTTP(w, r)
			if w.Code != row.status {
				t.Errorf("answer %d %s, want %d", w.Code, w.Body, row.status)
			}
			if want := int64(map[int]int{200: 1, 403: 0}[row.status]); x.Ledger().Read != want {
				t.Errorf("read %d, want %d", x.Ledger().Read, want)
			}
		})
	}
}

// Where the queue is, is not shown, not even when it is gone.
func TestHandler_readyzHidesThePlace(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "queue")
	x := openExporter(t, exporter.Config{
		APIKey: "key", Transport: &refusing{}, Queue: exporter.Queue{Dir: dir, Durability: exporter.DurabilityOS},
	})
	if !strings.Contains(x.QueueDescription(), dir) {
		t.Errorf("description %q does not name %s", x.QueueDescription(), dir)
	}
	stop := running(t, x)
	hides := func() {
		for _, path := range []string{"/readyz", "/stats", "/metrics", "/lanes"} {
			if got := get(t, x, path).Body.String(); strings.Contains(got, dir) {
				t.Errorf("%s: %s", path, got)
			}
		}
	}
	await(t, "readiness", func() bool { return get(t, x, "/readyz").Code == http.StatusOK })
	hides()
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Fatal(err)
	}
	if got := get(t, x, "/readyz"); got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "deleted or replaced") {
		t.Errorf("readyz with the directory gone: %d %s", got.Code, got.Body)
	}
	hides()
	if err := os.Rename(dir+"-moved", dir); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}
