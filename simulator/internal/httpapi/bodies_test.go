package httpapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// gated is a body that stops short of its end until its gate is open, and counts what has
// been read of it.
type gated struct {
	text []byte
	stop int
	gate <-chan struct{}
	read *atomic.Int64
}

func (g *gated) Read(p []byte) (int, error) {
	if len(g.text) <= g.stop {
		<-g.gate
		g.stop = 0
	}
	if len(g.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 64<<10)], g.text)
	g.text = g.text[n:]
	g.read.Add(int64(n))
	return n, nil
}

// TestBodies_largeOnesWaitForRoom sends many large bodies at a time, each up to its last
// bytes: no more is read of them than there is room for, and all are answered in the end.
func TestBodies_largeOnesWaitForRoom(t *testing.T) {
	t.Parallel()
	const clients, size, space = 21, 6 << 20, 41 << 20 // two of 20 MB, for a size that is not known
	text := []byte(`{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e"}],"pad":"` + strings.Repeat("x", size) + `"}`)
	for name, c := range map[string]struct {
		encoding string
		length   int64
		fit      int64 // bodies in the room
	}{
		"size announced": {"", int64(len(text)), 6},
		"size unknown":   {"", -1, 2},
		"compressed":     {"gzip", -1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHandler(serviceWithKey(t), "", nil)
				h.bodies = newBodies(space)
				sent := text
				if c.encoding != "" {
					sent = stored(t, text)
				}
				gate, read, refused := make(chan struct{}), new(atomic.Int64), new(atomic.Int64)
				server := h.routes()
				var all sync.WaitGroup
				for range clients {
					all.Go(func() {
						r := httptest.NewRequest(http.MethodPost, amplitude.PathBatch, &gated{sent, 1024, gate, read})
						r.ContentLength = c.length
						r.Header.Set("Content-Encoding", c.encoding)
						w := httptest.NewRecorder()
						if server.ServeHTTP(w, r); w.Code != http.StatusOK {
							refused.Add(1)
						}
					})
				}
				synctest.Wait()
				const slack = 64 << 10 // what a decompressor reads ahead
				if most := c.fit*int64(len(sent)) + (clients-c.fit)*(smallBody+slack); read.Load() > most {
					t.Errorf("%d bytes are held of %d bodies that are not answered, want %d at most", read.Load(), clients, most)
				}
				close(gate)
				all.Wait()
				if n := refused.Load(); n > 0 {
					t.Errorf("%d of %d bodies were not taken", n, clients)
				}
				if !h.bodies.free.TryAcquire(space) {
					t.Error("room was not given back")
				}
			})
		})
	}
}

// TestBodies_roomIsFreeBeforeTheAnswer delays an answer: meanwhile its body takes no room.
func TestBodies_roomIsFreeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		closing := make(chan struct{})
		s := serviceWithKey(t)
		h := newHandler(s, "", closing)
		delay := control.Fault{Do: control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(3600), Max: control.Seconds(3600)}}, TTL: control.Seconds(7200)}
		if _, err := s.Faults.Add(delay, s.Instant()); err != nil {
			t.Fatal(err)
		}
		var answered sync.WaitGroup
		w := httptest.NewRecorder()
		answered.Go(func() {
			text := `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e"}],"pad":"` + strings.Repeat("x", 2*smallBody) + `"}`
			h.routes().ServeHTTP(w, httptest.NewRequest(http.MethodPost, amplitude.PathBatch, strings.NewReader(text)))
		})
		synctest.Wait()
		if !h.bodies.free.TryAcquire(bodiesRoom) {
			t.Error("a body that was judged holds room while its answer waits")
		}
		close(closing)
		answered.Wait()
		if w.Code != http.StatusOK {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}

func serviceWithKey(t *testing.T) *ingestion.Service {
	t.Helper()
	s := ingestion.New(ingestion.Config{Clock: clock.Real(), Journal: journal.New(1 << 20), Limits: limits.Published()})
	if _, err := s.CreateKey(control.Key{APIKey: "K"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// stored is a text in the format of gzip, but not smaller.
func stored(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err == nil {
		_, err = z.Write(text)
	}
	if err != nil || z.Close() != nil {
		t.Fatal("cannot compress")
	}
	return out.Bytes()
}
