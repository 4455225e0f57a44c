package jetstream_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/queue/queuetest"
)

// killed opens the queue of a directory as it is on disk, as if the process that works
// on it had been killed.
func killed(t *testing.T, cfg jetstream.Config) *jetstream.Queue {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "queue")
	queuetest.CopyDir(t, dir, cfg.Dir)
	cfg.Dir = dir
	return open(t, cfg)
}

func onePartition(t *testing.T) jetstream.Config {
	t.Helper()
	cfg := config(t.TempDir())
	cfg.Partitions = 1
	return cfg
}

func delayOf(t *testing.T, q *jetstream.Queue, c queue.Chunk, records ...mapping.Record) {
	t.Helper()
	if err := q.Delay(t.Context(), []queue.Delayed{{Until: time.Now(), Records: records, Chunks: []uint64{c.ID}}}); err != nil {
		t.Fatalf("Delay: %v", err)
	}
}

func commit(t *testing.T, q *jetstream.Queue, value string, c queue.Chunk) {
	t.Helper()
	if err := q.Commit(t.Context(), []byte(`"`+value+`"`), c.ID); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// Events were delayed out of a block, came back and are settled, while another event of
// the block is still being sent. After a kill the block comes without them, however
// often that happens.
func TestCommit_DelayedIsSettledBeforeItsBlock(t *testing.T) {
	t.Parallel()
	cfg := onePartition(t)
	q := open(t, cfg)
	put(t, q, event("a", 1), event("b", 1), event("c", 1))
	block := next(t, q)
	delayOf(t, q, block, event("b", 1), event("c", 1))
	back := next(t, q)
	wantIDs(t, back.Records, []mapping.Record{event("b", 1)})
	commit(t, q, "b", back)
	back = next(t, q)
	wantIDs(t, back.Records, []mapping.Record{event("c", 1)})

	for range 2 {
		r := killed(t, cfg)
		got := slices.Concat(next(t, r).Records, next(t, r).Records) // one of each stream
		slices.SortFunc(got, func(a, b mapping.Record) int { return strings.Compare(a.InsertID, b.InsertID) })
		wantIDs(t, got, []mapping.Record{event("a", 1), event("c", 1)})
	}
	commit(t, q, "b and c", back)
	r := killed(t, cfg)
	block = next(t, r)
	wantIDs(t, block.Records, []mapping.Record{event("a", 1)})
	commit(t, r, "all", block)
	nothing(t, r, 200*time.Millisecond)
}

// The source came again with an event, so that it is in two blocks. Delayed and settled
// was the one of the first.
func TestCommit_DelayedIsOneOfTwoCopies(t *testing.T) {
	t.Parallel()
	cfg := onePartition(t)
	q := open(t, cfg)
	put(t, q, event("a", 1), event("b", 1))
	put(t, q, event("c", 1), event("b", 1))
	block := next(t, q)
	delayOf(t, q, block, event("b", 1))
	delayed, second := next(t, q), next(t, q) // either may be the first
	if second.Redelivered {
		delayed = second
	}
	commit(t, q, "b", delayed)

	r := killed(t, cfg)
	wantIDs(t, next(t, r).Records, []mapping.Record{event("a", 1)})
	wantIDs(t, next(t, r).Records, []mapping.Record{event("c", 1), event("b", 1)})
}

// A commit of delayed events that fails is not made up for by what Close stores: they
// come again, for the ledger does not have them.
func TestCommit_OfDelayedFails(t *testing.T) {
	t.Parallel()
	cfg := onePartition(t)
	q, err := jetstream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	put(t, q, events("d", 0, 5)...)
	block := next(t, q)
	delayOf(t, q, block, block.Records...)
	commit(t, q, "nothing", block)
	back := next(t, q)
	put(t, q, event("e", 1)) // for Close to count
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Commit(ended, []byte(`"five"`), back.ID); err == nil {
		t.Fatal("the commit did not fail")
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, cfg)
	if value := q.Progress().Checkpoint; string(value) != `"nothing"` {
		t.Errorf("stored value %s", value)
	}
	wantDelayed(t, q, "d", true)
}
