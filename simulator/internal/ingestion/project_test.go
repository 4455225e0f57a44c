package ingestion

import (
	"runtime"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// TestCreateKey_publishedLast stops the creation of a key before its limits are in
// place: until they are, the key does not work.
func TestCreateKey_publishedLast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := New(Config{Clock: clock.Stopped(now, time.Now), Journal: journal.New(0), Limits: limits.Published()})
	p := s.project("p1")
	p.mu.Lock()
	made := make(chan error)
	go func() {
		_, err := s.CreateKey(control.Key{APIKey: "key-1", Project: "p1", Limits: &control.Limits{EventsPerSecond: new(1)}})
		made <- err
	}()
	for range 10_000 {
		if _, works := s.Keys.Find(now, []byte("key-1"), ""); works {
			t.Error("the key works before its limits are in place")
			break
		}
		runtime.Gosched()
	}
	p.mu.Unlock()
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	if _, works := s.Keys.Find(now, []byte("key-1"), ""); !works || s.project("p1").state().limits.Rate[limits.HTTPAPI] != 1 {
		t.Error("the key does not work, or has other limits")
	}
}
