package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

const (
	// redeliverBlocks is how many blocks of a lane are in one chunk at most.
	redeliverBlocks = 100
	// readRetry is when to read again what could not be read.
	readRetry = 10 * time.Second
	// loadBatch is how many headers are read at a time.
	loadBatch = 1000
)

// redeliver makes a chunk of the lane that is due first. Without one it returns when to
// look again; zero: when something changes.
func (q *Queue) redeliver() (chunk queue.Chunk, at time.Time, ok bool) {
	for q.ctx.Err() == nil {
		due, at, ok := q.delayed.Due(q.cfg.Clock.Now())
		if !ok {
			return chunk, at, false
		}
		records, origins, err := q.readDelayed(due.Blocks[:min(redeliverBlocks, len(due.Blocks))])
		if err != nil {
			q.log.Error("delayed events cannot be read, will retry", "err", err)
			if front, ok := q.delayed.Take(due, 1); ok {
				now := q.cfg.Clock.Now()
				q.delayed.Return(front, now, now.Add(readRetry))
			}
			continue
		}
		if chunk, ok := q.take(due, origins); ok {
			chunk.Records = records
			return chunk, time.Time{}, true
		}
	}
	return chunk, time.Time{}, false
}

// take marks the first blocks of a lane as received. It reports false if their partition
// was revoked meanwhile.
func (q *Queue) take(due delayedFront, origins []seqRange) (chunk queue.Chunk, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	front, ok := q.delayed.Take(due, len(origins))
	if !ok {
		return chunk, false
	}
	q.lastID++
	q.out[q.lastID] = &received{partition: q.partitionOf(front.Lane()), front: front, origins: origins}
	last := front.Blocks[len(front.Blocks)-1]
	return queue.Chunk{ID: q.lastID, Redelivered: true, Uncounted: q.cfg.shared(), Seq: uint64(last)}, true
}

// readDelayed reads blocks, as many as make a chunk of usual size, and returns the origin
// of each.
func (q *Queue) readDelayed(blocks []blockSeq) (records []mapping.Record, origins []seqRange, err error) {
	for _, seq := range blocks {
		if len(records) >= queue.RedeliverEvents {
			break
		}
		msg, err := q.delayedStream.GetMsg(q.ctx, uint64(seq))
		if isGone(err) {
			origins = append(origins, seqRange{}) // deleted, and the answer was lost
			continue
		}
		if err != nil {
			return nil, nil, classify("read delayed block", err)
		}
		more, err := block.Decode(msg.Data)
		if err != nil {
			if err := q.deadLetterBlock(q.ctx, msg.Data, uint64(seq), err); err != nil {
				return nil, nil, err
			}
		}
		records = append(records, more...)
		d, _ := parseDelayedHead(msg.Header.Get(delayedHeader)) // it was indexed by it
		origins = append(origins, d.origin)
	}
	return records, origins, nil
}

// timerAt returns a channel that receives at a time; zero: never. It receives after a
// minute at the latest, in case the clock is set.
func (q *Queue) timerAt(at time.Time) <-chan time.Time {
	if at.IsZero() {
		return nil
	}
	return q.cfg.Clock.After(min(max(at.Sub(q.cfg.Clock.Now()), 0), time.Minute))
}

// deleteDelayed deletes the blocks of the delayed stream that are not needed. Where it fails
// it is tried again by the next Commit: what that had to store is stored.
func (q *Queue) deleteDelayed(ctx context.Context) {
	for _, seq := range q.progress.deletable() {
		if err := q.delayedStream.DeleteMsg(ctx, uint64(seq)); err != nil && !isGone(err) {
			q.log.Debug("delayed block is not deleted, will try again", "sequence", seq, "err", err)
			continue
		}
		q.progress.deleted(seq)
	}
}

// loadDelayed indexes the blocks of a partition's delayed events; "*": of all.
func (q *Queue) loadDelayed(ctx context.Context, partition string) error {
	info, err := q.delayedStream.Info(ctx)
	if err != nil {
		return classify("look for delayed events", err)
	}
	if info.State.Msgs == 0 {
		return nil
	}
	consumer, err := q.delayedStream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject:     q.subject("delayed." + partition),
		AckPolicy:         jetstream.AckNonePolicy,
		HeadersOnly:       true,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return classify("look for delayed events", err)
	}
	created := consumer.CachedInfo()
	defer func() { _ = q.delayedStream.DeleteConsumer(ctx, created.Name) }() // else it goes by itself
	for left := int(created.NumPending); left > 0; {                         // a number of messages
		n, err := q.loadHeaders(ctx, consumer, min(left, loadBatch))
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func (q *Queue) loadHeaders(ctx context.Context, consumer jetstream.Consumer, want int) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	batch, err := consumer.Fetch(want, jetstream.FetchContext(ctx))
	if err != nil {
		return 0, classify("read delayed events", err)
	}
	for msg := range batch.Messages() {
		n++
		meta, err := msg.Metadata()
		if err != nil {
			return n, fmt.Errorf("read delayed events: %w", err)
		}
		if err := q.loadBlock(ctx, msg, meta.Sequence.Stream); err != nil {
			return n, err
		}
	}
	if n < want {
		return n, classify("read delayed events", fmt.Errorf("%w: %d of %d headers came", ErrUnavailable, n, want))
	}
	return n, nil
}

// loadBlock indexes a block by its header. One that is not ours is left alone.
func (q *Queue) loadBlock(ctx context.Context, msg jetstream.Msg, seq uint64) error {
	d, err := parseDelayedHead(msg.Headers().Get(delayedHeader))
	if err != nil {
		q.log.Error("delayed block without lane or time is left alone", "sequence", seq, "err", err)
		return nil
	}
	if err := q.loadDuplicates(ctx, seq, d.origin); err != nil {
		return err
	}
	if q.progress.isDelayedDone(seq) {
		return nil // it is deleted by the next Commit that can
	}
	now := q.cfg.Clock.Now()
	// The clock may have been set back since then.
	ahead := max(time.UnixMilli(d.since).Sub(now), 0)
	q.delayed.Add(d.lane, now, time.UnixMilli(d.until).Add(-ahead), blockSeq(seq))
	return nil
}
