package jetstream_test

import (
	"errors"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// An empty queue is never full: what does not fit into it, be it for a few bytes, is refused
// for good and not to be sent again.
func TestQueue_emptyIsNeverFull(t *testing.T) {
	t.Parallel()
	for blocks := 1; blocks <= 2; blocks++ {
		cfg := onePartition(t)
		cfg.MaxBytes = 1 << 20
		q := open(t, cfg)
		for size := cfg.MaxBytes*3/4 + 100; ; size -= 7 {
			records := make([]mapping.Record, 0, blocks)
			for i := range blocks {
				r := event("large", i)
				r.Wire = randomBytes(uint64(i), int(size)/blocks)
				records = append(records, r)
			}
			err := q.Store(t.Context(), batchOf(records))
			if err == nil {
				break
			}
			if errors.Is(err, queue.ErrFull) || !errors.Is(err, jetstream.ErrNeverFits) {
				t.Errorf("%d blocks, %d bytes: %v", blocks, size, err)
			}
		}
	}
}
