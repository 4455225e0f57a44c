package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// storing is a queue in memory whose Store does something else.
type storing struct {
	*queue.Memory
	store func(context.Context, *queue.Batch) error
}

func (s storing) Store(ctx context.Context, b *queue.Batch) error { return s.store(ctx, b) }

func smallQueue() *queue.Memory {
	return queue.NewMemory(queue.MemoryConfig{MaxEvents: 10, MaxBytes: 1 << 20, Clock: clock.System()})
}

// using returns an exporter on a queue that delivers nothing.
func using(t *testing.T, q queue.Queue) *Exporter {
	t.Helper()
	x, err := Open(t.Context(), Config{APIKey: "key", Transport: unreachable{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.use(q, 0, memoryChunk); err != nil {
		t.Fatal(err)
	}
	return x
}

// stored returns an exporter that stores with store and delivers nothing.
func stored(t *testing.T, store func(context.Context, *queue.Batch) error) *Exporter {
	t.Helper()
	return using(t, storing{smallQueue(), store})
}

type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

func openEvents(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"event_type":"users.messages.email.Open","id":"e-%06d","time":1767369844,"external_user_id":"u"}`+"\n", i)
	}
	return b.String()
}

func call(x *Exporter, method, path, body string) int {
	w := httptest.NewRecorder()
	x.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code
}

// A chunk that cannot be stored ends the input: nothing that follows is stored, and
// the error is logged once.
func TestExporter_chunkThatCannotBeStored(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("disk is broken")
	puts := 0
	x := stored(t, func(context.Context, *queue.Batch) error {
		if puts++; puts == 2 {
			return errDisk
		}
		return nil
	})
	err := x.readAll(t.Context(), []*Source{NDJSON("in", strings.NewReader(openEvents(3*memoryChunk.events+1)))})
	if n := strings.Count(fmt.Sprint(err), errDisk.Error()); !errors.Is(err, errDisk) || n != 1 || puts != 2 {
		t.Errorf("error %v after %d puts; want %v once after 2", err, puts, errDisk)
	}
}

// A put that hangs keeps a drain from nothing but its success: it ends with its
// context, and meanwhile the status is answered and posts are refused.
func TestExporter_drainWhileAPutHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		x := stored(t, func(context.Context, *queue.Batch) error { <-hang; return queue.ErrFull })
		post := `{"events":[` + strings.TrimSpace(openEvents(1)) + `]}`
		go call(x, http.MethodPost, "/events", post)
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		drained := make(chan error, 1)
		go func() { _, err := x.Drain(ctx); drained <- err }()
		synctest.Wait()
		if code := call(x, http.MethodGet, "/readyz", ""); code != http.StatusServiceUnavailable {
			t.Errorf("readyz during the drain: %d", code)
		}
		if code := call(x, http.MethodPost, "/events", post); code != http.StatusServiceUnavailable {
			t.Errorf("post during the drain: %d", code)
		}
		if err := <-drained; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Drain: %v; want the error of its context", err)
		}
		close(hang)
		synctest.Wait()
	})
}

// An export that is stopped waits for the chunk that is being stored, and stores
// nothing once it has returned, though its source may still be blocked.
func TestExporter_exportLeavesNoStoreBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stopped, stop := context.WithCancel(t.Context())
		puts, ended := 0, false
		x := stored(t, func(context.Context, *queue.Batch) error {
			puts++
			stop()
			<-time.After(time.Second) // of the bubble: the disk is slow
			ended = true
			return nil
		})
		source, feed := io.Pipe()
		go io.WriteString(feed, openEvents(memoryChunk.events+1)) //nolint:errcheck // it is read or the test fails
		if err := x.Export(stopped, NDJSON("in", source)); !errors.Is(err, context.Canceled) || !ended {
			t.Errorf("Export: %v, store ended: %v", err, ended)
		}
		before := x.Ledger()
		if err := feed.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if after := x.Ledger(); puts != 1 || after.Read != before.Read {
			t.Errorf("%d puts, ledger %+v; want one put, ledger %+v", puts, after, before)
		}
	})
}

// broken is a queue that cannot be read.
type broken struct{ *queue.Memory }

func (broken) Receive(context.Context) (queue.Chunk, error) {
	return queue.Chunk{}, jetstream.ErrClosed
}

// A queue that cannot be read ends Run with its error: nothing would be delivered any
// more, and the status says so.
func TestExporter_runEndsWhenTheQueueCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := using(t, broken{smallQueue()})
		if err := x.Run(t.Context()); !errors.Is(err, jetstream.ErrClosed) {
			t.Errorf("Run: %v", err)
		}
		if code := call(x, http.MethodGet, "/readyz", ""); code != http.StatusServiceUnavailable {
			t.Errorf("readyz after that: %d", code)
		}
		if err := x.Run(t.Context()); !errors.Is(err, ErrStarted) {
			t.Errorf("second Run: %v", err)
		}
		x = using(t, broken{smallQueue()})
		err := x.Export(t.Context(), NDJSON("in", strings.NewReader(openEvents(1))))
		if !errors.Is(err, jetstream.ErrClosed) {
			t.Errorf("Export: %v", err)
		}
	})
}
