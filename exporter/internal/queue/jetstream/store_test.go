package jetstream_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// counting is a configuration that counts what is stored.
func counting(t *testing.T) (cfg jetstream.Config, stored *atomic.Int64) {
	t.Helper()
	cfg, stored = onePartition(t), new(atomic.Int64)
	cfg.Counted = func(n int) { stored.Add(int64(n)) }
	return cfg, stored
}

func repeatedBatch(records []mapping.Record) *queue.Batch {
	return &queue.Batch{Records: records, Repeated: true}
}

// The queue does not answer in time, though it has stored the front part of a batch, or
// stores it later. Put again, everything is stored once, in order, and counted once.
func TestStore_AgainAfterNoAnswer(t *testing.T) {
	t.Parallel()
	const total = 4500 // five blocks
	for _, row := range []struct {
		name  string
		front int
		taken bool // the front part is handed out before the second attempt
	}{
		{"nothing was stored", 0, false},
		{"the front part was stored", 3, false},
		{"the front part was stored and is handed out", 3, true},
		{"everything was stored", 5, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg, stored := counting(t)
			q := open(t, cfg)
			b := repeatedBatch(events("d", 0, total))
			if err := q.StoreFront(t.Context(), b, row.front); err != nil {
				t.Fatal(err)
			}
			var got []mapping.Record
			take := func(n int) {
				for len(got) < n {
					chunk := next(t, q)
					got = append(got, chunk.Records...)
					commit(t, q, "some", chunk)
				}
			}
			if row.taken {
				take(3000)
			}
			if err := q.Store(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			put(t, q, event("d", total))
			take(total + 1)
			wantIDs(t, got, events("d", 0, total+1))
			if n := stored.Load(); n != total+1 {
				t.Errorf("%d events counted, want %d", n, total+1)
			}
		})
	}
}

// A source gives up after an attempt that was not answered. What was stored of it is
// handed out, and counted before that.
func TestStore_GivenUpAfterNoAnswer(t *testing.T) {
	t.Parallel()
	cfg, stored := counting(t)
	q := open(t, cfg)
	if err := q.StoreFront(t.Context(), repeatedBatch(events("d", 0, 4500)), 2); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{1000, 2000} {
		commit(t, q, "some", next(t, q))
		if n := stored.Load(); n != want {
			t.Errorf("%d events counted when %d were handed out", n, want)
		}
	}
}

// A batch that does not fit is put again until it does, and is stored once.
func TestStore_AgainAfterFull(t *testing.T) {
	t.Parallel()
	cfg, stored := counting(t)
	cfg.MaxBytes = 4 << 20
	q := open(t, cfg)
	noise := func(n int) []mapping.Record {
		records := events("d", 0, n)
		for i := range records {
			records[i].Wire = randomBytes(uint64(i), 2000)
		}
		return records
	}
	put(t, q, noise(1000)...)
	b := repeatedBatch(noise(1000))
	if err := q.Store(t.Context(), b); !errors.Is(err, queue.ErrFull) {
		t.Fatalf("Store into a full queue: %v", err)
	}
	drain(t, q, 1000)
	waitFor(t, "room", func() bool { return q.Store(t.Context(), b) == nil })
	drain(t, q, 1000)
	if n := stored.Load(); n != 2000 {
		t.Errorf("%d events counted, want 2000", n)
	}
}
