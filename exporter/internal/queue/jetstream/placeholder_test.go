package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// fillUp puts events of a device until the queue is full to the byte.
func fillUp(t *testing.T, q *jetstream.Queue) (n int) {
	t.Helper()
	sizes := []int{30_000, 3_000}
	for size := 300; size >= 0; size-- {
		sizes = append(sizes, size)
	}
	for _, size := range sizes {
		for ; ; n++ {
			r := event("fill", n)
			r.Wire = randomBytes(uint64(n), size)
			err := q.Store(t.Context(), batchOf([]mapping.Record{r}))
			if errors.Is(err, queue.ErrFull) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

// Events are delayed while the main stream is full: they are stored, once, and that is no
// error.
func TestDelay_MainStreamIsFull(t *testing.T) {
	t.Parallel()
	q := open(t, sharedQueue(t))
	put(t, q, events("d", 0, 3)...)
	block := next(t, q)
	fillUp(t, q)
	delayOf(t, q, block, block.Records...)
	if s, err := q.Stats(t.Context()); err != nil || s.DelayedBlocks != 1 {
		t.Errorf("%d delayed blocks, %v; want 1", s.DelayedBlocks, err)
	}
}

// A process takes over a queue that is full to the brim and in which events are delayed. It
// can read it, and thereby makes room.
func TestOpen_MainStreamIsFull(t *testing.T) {
	t.Parallel()
	cfg := sharedQueue(t)
	q, err := jetstream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	put(t, q, events("d", 0, 3)...)
	block := next(t, q)
	err = q.Delay(t.Context(), []queue.Delayed{{Until: time.Now().Add(time.Hour), Records: block.Records, Chunks: []uint64{block.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	done(t, q, block.ID)
	n := fillUp(t, q)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, cfg)
	drain(t, q, n)
	wantDelayed(t, q, "d", true)
	waitFor(t, "nothing but the placeholder in the stream", func() bool {
		s, err := q.Stats(t.Context())
		return err == nil && s.Blocks == 0 && s.Bytes > 0
	})
}
