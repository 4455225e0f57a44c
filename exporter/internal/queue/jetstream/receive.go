package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// fetched is a block that a partition has read.
type fetched struct {
	partition *partition
	epoch     uint64
	msg       jetstream.Msg
}

// received is a chunk that is not acknowledged.
type received struct {
	partition *partition
	seq       uint64 // of the block in the main stream; 0: the chunk is redelivered
	front     delayedFront
	origins   []seqRange // of the blocks of front
}

// Receive returns the next chunk, delayed events that are due first, and waits for one.
// It returns ErrClosed when the queue is closed, else only the error of ctx.
func (q *Queue) Receive(ctx context.Context) (queue.Chunk, error) {
	q.delayed.Arrived()
	source, changed, stopped := q.fetched, q.delayed.Changed(), q.stopped
	for {
		var due <-chan time.Time
		select {
		case <-q.stopped:
			source, changed, stopped = nil, nil, nil
		default:
			chunk, at, ok := q.redeliver()
			if ok {
				return chunk, nil
			}
			due = q.timerAt(at)
		}
		select {
		case f := <-source:
			if chunk, ok := q.deliver(ctx, f); ok {
				return chunk, nil
			}
		case <-due:
		case <-changed:
		case <-stopped:
		case <-ctx.Done():
			return queue.Chunk{}, ctx.Err()
		case <-q.ctx.Done():
			return queue.Chunk{}, ErrClosed
		}
	}
}

// StopReceiving leaves what was not received to the other processes that share the
// queue. A queue of this process alone goes on.
func (q *Queue) StopReceiving() {
	if q.cfg.shared() {
		q.stop()
	}
}

// deliver makes a chunk of a block. It reports false for a block that is not to be
// received.
func (q *Queue) deliver(ctx context.Context, f fetched) (queue.Chunk, bool) {
	meta, err := f.msg.Metadata()
	if err != nil {
		return queue.Chunk{}, false
	}
	seq := meta.Sequence.Stream
	if q.progress.isDone(seq) { // only the acknowledgement was lost
		_ = f.partition.acknowledge(seq)
		return queue.Chunk{}, false
	}
	records, ok := q.recent.take(seq)
	if !ok {
		records, err = block.Decode(f.msg.Data())
	}
	if err != nil {
		// It must not stand in the way of the others.
		if err := q.deadLetterBlock(ctx, f.msg.Data(), seq, err); err != nil {
			q.log.Error("unreadable block stays in the queue", "sequence", seq, "err", err)
		} else {
			_ = f.partition.acknowledge(seq) // if it is lost the block comes again
		}
		return queue.Chunk{}, false
	}
	q.countReceived(seq, len(records))
	records = q.progress.duplicates.without(seq, records)

	q.mu.Lock()
	defer q.mu.Unlock()
	f.partition.mu.Lock()
	defer f.partition.mu.Unlock()
	if f.epoch != f.partition.epoch {
		return queue.Chunk{}, false // revoked meanwhile
	}
	q.lastID++
	q.out[q.lastID] = &received{partition: f.partition, seq: seq}
	return queue.Chunk{ID: q.lastID, Records: records, Seq: seq, Uncounted: q.cfg.shared()}, true
}

// receivedChunks returns those of chunks that are not acknowledged.
func (q *Queue) receivedChunks(chunks []uint64) (found []*received) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range chunks {
		if c := q.out[id]; c != nil {
			found = append(found, c)
		}
	}
	return found
}

// acknowledge forgets chunks, and goes on if one fails.
func (q *Queue) acknowledge(ctx context.Context, chunks []uint64) error {
	var errs []error
	for _, id := range chunks {
		q.mu.Lock()
		c := q.out[id]
		delete(q.out, id)
		q.mu.Unlock()
		switch {
		case c == nil: // revoked
		case c.seq != 0:
			errs = append(errs, c.partition.acknowledge(c.seq))
		default:
			q.delayed.Done(c.front)
			if q.cfg.shared() {
				q.progress.finishDelayed(c.front.Blocks)
			}
		}
	}
	q.deleteDelayed(ctx)
	return errors.Join(errs...)
}
