package queue

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func batch(n int) *Batch {
	all := make([]mapping.Record, n)
	for i := range all {
		all[i] = mapping.Record{DeviceID: "d", InsertID: strconv.Itoa(i), Wire: []byte("12345")}
	}
	return &Batch{Records: all}
}

func receive(t *testing.T, m *Memory) Chunk {
	t.Helper()
	c, err := m.Receive(t.Context())
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return c
}

func isEmpty(t *testing.T, m *Memory) bool {
	t.Helper()
	empty, err := m.IsSettled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return empty
}

func TestMemory_bounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                string
		maxEvents, maxBytes int
		puts                []int
		want                []error
	}{
		{"events", 5, 1000, []int{3, 2, 1}, []error{nil, nil, ErrFull}},
		{"bytes", 100, 24, []int{3, 1, 1}, []error{nil, nil, ErrFull}},
		{"a large chunk into an empty queue", 5, 5, []int{50, 1}, []error{nil, ErrFull}},
	} {
		counted := 0
		m := NewMemory(MemoryConfig{MaxEvents: row.maxEvents, MaxBytes: row.maxBytes, Counted: func(n int) { counted += n }, Clock: clock.System()})
		stored := 0
		for i, n := range row.puts {
			err := m.Store(t.Context(), batch(n))
			if !errors.Is(err, row.want[i]) {
				t.Errorf("%s: batch %d of %d events: %v, want %v", row.name, i, n, err, row.want[i])
			}
			if err == nil {
				stored += n
			}
		}
		if counted != stored {
			t.Errorf("%s: %d events counted, %d stored", row.name, counted, stored)
		}
		first := receive(t, m)
		if len(first.Records) != row.puts[0] {
			t.Fatalf("%s: received %d events, want %d", row.name, len(first.Records), row.puts[0])
		}
		if err := m.Store(t.Context(), batch(1)); !errors.Is(err, ErrFull) {
			t.Errorf("%s: receiving a chunk made room: %v", row.name, err)
		}
		if err := errors.Join(m.Commit(t.Context(), nil, first.ID), m.Store(t.Context(), batch(1))); err != nil {
			t.Errorf("%s: store after the ack: %v", row.name, err)
		}
	}
}

func TestMemory_receiveWaits(t *testing.T) {
	t.Parallel()
	m := NewMemory(MemoryConfig{MaxEvents: 10, MaxBytes: 1000, Clock: clock.System()})
	got := make(chan Chunk)
	go func() {
		for range 2 {
			c, err := m.Receive(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- c
		}
	}()
	for range 2 {
		if err := m.Store(t.Context(), batch(1)); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := <-got, <-got; a.ID == b.ID {
		t.Errorf("chunk %d was received twice", a.ID)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Receive after the end: %v", err)
	}
}

// stillClock stands still.
type stillClock struct{ now time.Time }

func (c *stillClock) Now() time.Time                       { return c.now }
func (c *stillClock) After(time.Duration) <-chan time.Time { return nil }

// A source may forget a batch when its last event is acknowledged, whichever chunk it
// was received in last.
func TestMemory_safeAfterDelayedEvents(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := &stillClock{now: start}
	m := NewMemory(MemoryConfig{MaxEvents: 3, MaxBytes: 1000, Clock: at})
	safe := false
	b := batch(3)
	b.OnSafe = func() { safe = true }
	if err := m.Store(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c := receive(t, m)
	until := start.Add(time.Hour)
	if err := m.Delay(t.Context(), []Delayed{{Until: until, Records: c.Records[1:], Chunks: []uint64{c.ID}}}); err != nil {
		t.Fatal(err)
	}
	if !m.IsDelayed(&c.Records[0]) {
		t.Error("a newer event of the lane could overtake the delayed ones")
	}
	if err := m.Commit(t.Context(), nil, c.ID); err != nil {
		t.Fatal(err)
	}
	if safe || isEmpty(t, m) || !errors.Is(m.Obstacle(), ErrFull) {
		t.Error("the batch is safe, though events of it are delayed")
	}
	at.now = until
	again := receive(t, m)
	if !again.Redelivered || len(again.Records) != 2 || again.Records[0].InsertID != "1" {
		t.Fatalf("redelivered %+v, want the events 1 and 2", again)
	}
	if !m.IsDelayed(&c.Records[0]) {
		t.Error("a chunk on its way could be overtaken")
	}
	m.NackUntil(again.ID, at.now.Add(time.Minute))
	at.now = at.now.Add(time.Minute)
	again = receive(t, m)
	if len(again.Records) != 2 {
		t.Fatalf("after a nack: %d events", len(again.Records))
	}
	if err := m.Commit(t.Context(), nil, again.ID); err != nil {
		t.Fatal(err)
	}
	if !safe || !isEmpty(t, m) || m.Obstacle() != nil || m.IsDelayed(&c.Records[0]) {
		t.Error("the batch is not safe, though all of it is acknowledged")
	}
}

// Of a lane one chunk is out at a time, the oldest events first.
func TestMemory_delayedInOrder(t *testing.T) {
	t.Parallel()
	m := NewMemory(MemoryConfig{MaxEvents: 10_000, MaxBytes: 1 << 20, Clock: clock.System()})
	if err := m.Store(t.Context(), batch(1000)); err != nil {
		t.Fatal(err)
	}
	c := receive(t, m)
	records := append([]mapping.Record(nil), c.Records...)
	for _, part := range [][]mapping.Record{records[:400], records[400:]} {
		if err := m.Delay(t.Context(), []Delayed{{Records: part, Chunks: []uint64{c.ID}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Commit(t.Context(), nil, c.ID); err != nil {
		t.Fatal(err)
	}
	for next := 0; next < len(records); {
		again := receive(t, m)
		if _, _, ok := m.next(); ok {
			t.Fatal("two chunks of a lane are out")
		}
		if len(again.Records) > RedeliverEvents {
			t.Errorf("a chunk of %d events", len(again.Records))
		}
		for _, r := range again.Records {
			if r.InsertID != strconv.Itoa(next) {
				t.Fatalf("event %s is received, want %d", r.InsertID, next)
			}
			next++
		}
		if err := m.Commit(t.Context(), nil, again.ID); err != nil {
			t.Fatal(err)
		}
	}
	if !isEmpty(t, m) {
		t.Error("not empty after all events")
	}
}
