//go:build linux

package exporter_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// What cannot be opened says why.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, []byte("x"))
	used := filepath.Join(dir, "used")
	x := openExporter(t, exporter.Config{APIKey: "key", Queue: exporter.Queue{Dir: used}})
	defer func() { _ = x.Close() }()
	for _, row := range []struct {
		queue exporter.Queue
		want  error
	}{
		{exporter.Queue{Dir: file}, exporter.ErrQueueStorage},
		{exporter.Queue{Dir: used}, exporter.ErrQueueInUse},
		{exporter.Queue{URL: "nats://127.0.0.1:1"}, exporter.ErrQueueUnreachable},
	} {
		if x, err := exporter.Open(t.Context(), exporter.Config{APIKey: "key", Queue: row.queue}); !errors.Is(err, row.want) {
			t.Errorf("Open(%+v) = %v, %v; want %v", row.queue, x, err, row.want)
		}
	}
	for _, queue := range []exporter.Queue{
		{Dir: dir, Durability: "never"}, {Dir: dir, Connector: "a b"}, {Dir: dir, MaxBytes: 5},
	} {
		_, err := exporter.Open(t.Context(), exporter.Config{APIKey: "key", Queue: queue})
		if _, ok := errors.AsType[*exporter.ConfigError](err); !ok {
			t.Errorf("Open(%+v) = %v; want a ConfigError", queue, err)
		}
	}
}

// A queue in memory has the bound that is set, and never a larger one than its own.
func TestOpen_fullInMemory(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x := openExporter(t, exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{MaxBytes: 64 << 10}})
	taken, bytes := 0, 0
	for ; taken < 100; taken++ {
		event := strings.Replace(open(fmt.Sprintf("event-%05d", taken), "user-0001"), `"id"`, `"email_address":"`+noise(taken)+`","id"`, 1)
		if code := post(t, x, event).Code; code != http.StatusOK {
			break
		}
		bytes += len(event)
	}
	if bytes > 2*(64<<10) || bytes < (64<<10)/2 {
		t.Errorf("%d posts of %d bytes taken, want about 64 KiB", taken, bytes)
	}
	stop := running(t, x)
	l, err := x.Drain(t.Context())
	stop()
	if err != nil || l.Accepted != int64(taken) || !l.Balanced() {
		t.Errorf("ledger %+v, %v; want %d accepted", l, err, taken)
	}
}

// A queue that is full, and a disk that is: the connector is refused, the state
// is reported, and what was taken is delivered.
func TestOpen_full(t *testing.T) {
	t.Parallel()
	for _, disk := range []bool{false, true} {
		t.Run(fmt.Sprint("disk=", disk), func(t *testing.T) {
			t.Parallel()
			dir, bound := t.TempDir(), int64(2<<20)
			if disk {
				bound = 0
				if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
					t.Skipf("mounting a disk for the test: %v", err)
				}
				t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
			}
			sim := simtest.Start(t)
			cfg := exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: dir, MaxBytes: bound}}
			x := openExporter(t, cfg)
			taken, code := 0, 0
			for ; taken < 2000; taken++ {
				event := strings.Replace(open(fmt.Sprintf("event-%05d", taken), "user-0001"), `"id"`,
					`"email_address":"`+noise(taken)+`","id"`, 1)
				if code = post(t, x, event).Code; code != http.StatusOK {
					break
				}
			}
			if code != http.StatusServiceUnavailable || taken == 0 {
				t.Fatalf("after %d posts: %d, want 503 when it is full", taken, code)
			}
			if l := x.Ledger(); l.Held != int64(taken) || !l.Balanced() {
				t.Errorf("ledger %+v, want %d held", l, taken)
			}
			if disk { // running or not
				w := httptest.NewRecorder()
				stop := running(t, x)
				x.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
				if w.Code != http.StatusServiceUnavailable {
					t.Errorf("readyz: %d %s, want 503", w.Code, w.Body)
				}
				stop()
				if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
					t.Fatal(err)
				}
			}
			if err := x.Close(); err != nil {
				t.Logf("Close: %v", err)
			}
			x = openExporter(t, cfg)
			stop := running(t, x)
			l, err := x.Drain(t.Context())
			stop()
			if err != nil || l.Accepted != int64(taken) || !l.Balanced() {
				t.Errorf("ledger %+v, %v; want %d accepted", l, err, taken)
			}
			wantAccepted(t, sim, "user-0001", "event-", taken)
			if err := x.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// noise is 30 kB that do not compress.
func noise(n int) string {
	var b strings.Builder
	state := uint64(n)*2654435761 + 1
	for b.Len() < 30_000 {
		state = state*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "%016x", state)
	}
	return b.String()
}
