package jetstream_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// A delivery does not arrive, as after a pause of the process. What is handed out stays
// so, the rest comes in order, nothing comes twice, and nothing is delayed or counted
// differently than before.
func TestNext_DeliveryIsMissing(t *testing.T) {
	t.Parallel()
	q := open(t, onePartition(t))
	delay(t, q, time.Now().Add(time.Hour), event("delayed", 0))
	put(t, q, event("d", 0))
	held := next(t, q)
	wantIDs(t, held.Records, events("d", 0, 1))

	stolen := make(chan error, 1)
	go func() { _, err := q.StealDelivery(t.Context(), 0); stolen <- err }()
	total := 1
	for stealing := true; stealing; total++ {
		put(t, q, event("d", total))
		select {
		case err := <-stolen:
			if err != nil {
				t.Fatal(err)
			}
			stealing = false
		default:
		}
	}
	for range 10 {
		put(t, q, event("d", total))
		total++
	}
	var rest []queue.Chunk
	for n := 1; n < total; n++ {
		chunk := next(t, q)
		wantIDs(t, chunk.Records, events("d", n, n+1))
		if n%2 == 0 {
			commit(t, q, strconv.Itoa(n), chunk)
		} else {
			rest = append(rest, chunk)
		}
	}
	for _, chunk := range append(rest, held) {
		commit(t, q, "rest", chunk)
	}
	nothing(t, q, 200*time.Millisecond)
	waitFor(t, "an empty queue", func() bool {
		s, err := q.Stats(t.Context())
		return err == nil && s.Blocks == 0
	})
	wantDelayed(t, q, "delayed", true)
	if stored := q.Progress().Stored; stored != int64(total) {
		t.Errorf("%d events are counted, want %d", stored, total)
	}
}
