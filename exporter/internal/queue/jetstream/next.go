package jetstream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// fetched is something to hand out.
type fetched struct {
	partition *partition
	epoch     uint64
	msg       jetstream.Msg // nil: parked
	parked    parkedChunk
}

// handout is a chunk handed out and not done.
type handout struct {
	partition *partition
	seq       uint64 // of the block in the main stream; 0: parked
	parked    parkedChunk
}

// Next returns the next chunk, and waits for one. It returns ErrClosed when the
// queue is closed, else only the error of ctx.
//
// A call tells that the chunk before was taken over, its records added to the
// scheduler or parked. One chunk may be on its way from Next to who does that.
func (q *Queue) Next(ctx context.Context) (queue.Chunk, error) {
	q.parking.arrived()
	for {
		select {
		case f := <-q.fetched:
			if chunk, ok := q.handOut(ctx, f); ok {
				return chunk, nil
			}
		case <-ctx.Done():
			return queue.Chunk{}, ctx.Err()
		case <-q.ctx.Done():
			return queue.Chunk{}, ErrClosed
		}
	}
}

func (q *Queue) handOut(ctx context.Context, f fetched) (queue.Chunk, bool) {
	h := &handout{partition: f.partition, parked: f.parked}
	records := f.parked.records
	if f.msg != nil {
		meta, err := f.msg.Metadata()
		if err != nil {
			return queue.Chunk{}, false
		}
		h.seq = meta.Sequence.Stream
		if records, err = q.recordsOf(f.msg); err != nil {
			q.setAside(ctx, f, h, err)
			return queue.Chunk{}, false
		}
	}
	if f.msg != nil && q.progress.isDone(h.seq) {
		// Only the acknowledgement was lost.
		_ = f.partition.acknowledge(h.seq)
		return queue.Chunk{}, false
	}
	chunk := queue.Chunk{Records: records, Seq: h.seq}
	if f.msg == nil {
		chunk.Returned, chunk.Seq = true, f.parked.seqs[len(f.parked.seqs)-1]
	} else {
		q.countStored([]uint64{h.seq}, len(records))
		chunk.Records = q.progress.withoutParked(h.seq, records)
	}
	var ok bool
	chunk.ID, ok = q.register(f, h)
	return chunk, ok
}

// recordsOf returns the records of a block, which are the caller's.
func (q *Queue) recordsOf(msg jetstream.Msg) ([]mapping.Record, error) {
	if records, ok := q.recent.take(msg.Headers().Get(jetstream.MsgIDHeader)); ok {
		return records, nil
	}
	return decodeBlock(msg.Data())
}

// register books a chunk as handed out, unless it was taken back meanwhile.
func (q *Queue) register(f fetched, h *handout) (uint64, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.partition.mu.Lock()
	defer f.partition.mu.Unlock()
	switch {
	case f.msg != nil && f.epoch != f.partition.epoch:
		return 0, false
	case f.msg == nil && !q.parking.depart(f.parked):
		return 0, false
	}
	h.parked.records = nil // the caller's now
	q.lastID++
	q.out[q.lastID] = h
	return q.lastID, true
}

// setAside makes a dead letter of a block that cannot be read, so that it does not
// stand in the way of the others.
func (q *Queue) setAside(ctx context.Context, f fetched, h *handout, cause error) {
	if err := q.buryBlock(ctx, f.msg.Data(), h.seq, cause); err != nil {
		q.log.Error("unreadable block stays in the queue", "sequence", h.seq, "err", err)
		return
	}
	_ = f.partition.acknowledge(h.seq) // if it is lost the block comes again
}

// doneAll does Done for chunks, and goes on if one fails.
func (q *Queue) doneAll(ctx context.Context, chunks []uint64) error {
	var errs []error
	for _, id := range chunks {
		errs = append(errs, q.Done(ctx, id))
	}
	return errors.Join(errs...)
}

// Done forgets a chunk: its records are settled, or parked. Chunks may be done in
// any order.
func (q *Queue) Done(ctx context.Context, id uint64) error {
	q.mu.Lock()
	h := q.out[id]
	delete(q.out, id)
	q.mu.Unlock()
	switch {
	case h == nil:
		return nil // taken back
	case h.seq != 0:
		return h.partition.acknowledge(h.seq)
	default:
		return q.doneParked(ctx, h.parked)
	}
}

// acknowledge forgets a block of the main stream.
func (p *partition) acknowledge(seq uint64) error {
	p.mu.Lock()
	msg := p.holding[seq]
	delete(p.holding, seq)
	p.mu.Unlock()
	if msg == nil {
		return nil
	}
	return classify("acknowledge", msg.Ack())
}

// Returned tells whether a chunk handed out and not done holds events that were
// parked: all of one lane, and older than whatever of it is parked still.
func (q *Queue) Returned(id uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	h := q.out[id]
	return h != nil && h.seq == 0
}
