package source

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gocloud.dev/blob"
)

// As many objects as are fetched at a time need no new connection the next time.
func TestStore_keepsConnections(t *testing.T) {
	barrier := newBarrier(Ahead)
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		barrier.wait()
		w.Header().Set("Last-Modified", written.Format(http.TimeFormat))
		_, _ = w.Write([]byte("content"))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	for _, url := range []string{
		"s3://bucket/?region=eu-west-1&anonymous=true&use_path_style=true&endpoint=" + server.URL, "gs://bucket/",
	} {
		s, err := openStore(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		opened.Store(0)
		for range 3 {
			readAtATime(t, s.bucket, Ahead)
		}
		if got := opened.Load(); got != Ahead {
			t.Errorf("%s: %d connections for %d objects at a time, want as many", url, got, Ahead)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// readAtATime reads a number of objects at the same time.
func readAtATime(t *testing.T, bucket *blob.Bucket, n int) {
	t.Helper()
	var work sync.WaitGroup
	for range n {
		work.Go(func() {
			r, err := bucket.NewReader(t.Context(), "object", nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
}

// barrier lets callers go on when a number of them wait.
type barrier struct {
	mu    sync.Mutex
	all   int
	left  int
	ready chan struct{}
}

func newBarrier(n int) *barrier { return &barrier{all: n, left: n, ready: make(chan struct{})} }

func (b *barrier) wait() {
	b.mu.Lock()
	ready := b.ready
	if b.left--; b.left == 0 {
		close(ready)
		b.left, b.ready = b.all, make(chan struct{})
	}
	b.mu.Unlock()
	<-ready
}
