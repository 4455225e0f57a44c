package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// writers is how many goroutines store: one encodes while the other waits for the disk.
const writers = 2

// joinedBytes bounds what is joined with a batch to be stored together.
const joinedBytes = 16 << 20

// encoders are block.Writers. Each has some megabytes after a large batch, which a pool
// returns when nothing is stored.
var encoders = sync.Pool{New: func() any { return new(block.Writer) }}

// request is one call of Store, waiting.
type request struct {
	batch  *queue.Batch
	bytes  int
	stored chan error // has room for one
}

// unstored is a block to be stored: records of one partition.
type unstored struct {
	partition int
	records   []mapping.Record
	id        string // of its message
	data      []byte // encoded, if there was no room; nil: it is encoded when it is stored
}

// attempt is what is left to store of a batch, or of several that are stored together.
type attempt struct {
	blocks []unstored // in order, and not stored for certain
	unsure bool       // an attempt before may have stored some, or will
}

// Store stores a batch. It returns queue.ErrFull when that does not fit: nothing of it is
// stored then, or at most the front part of a batch of tens of thousands of records.
// Batches at the same time are stored together. A repeated one is stored by itself, and
// what the attempt before has stored is not stored again: the blocks have the same ids.
func (q *Queue) Store(ctx context.Context, b *queue.Batch) error {
	if len(b.Records) > 0 {
		if err := q.store(b); err != nil {
			return err
		}
	}
	if b.OnSafe != nil {
		b.OnSafe()
	}
	return nil
}

// store has no context: a source that goes away must not leave it open whether its
// events are stored.
func (q *Queue) store(b *queue.Batch) error {
	if q.ctx.Err() != nil {
		return ErrClosed
	}
	r := request{batch: b, bytes: wireBytes(b.Records), stored: make(chan error, 1)}
	waiting := q.waiting.Add(int64(r.bytes))
	defer q.waiting.Add(-int64(r.bytes))
	if err := q.obstacle(int(waiting)); err != nil {
		return err
	}
	select {
	case q.requests <- r:
		return <-r.stored
	case <-q.ctx.Done():
		return ErrClosed
	}
}

func (q *Queue) writeLoop() {
	for {
		select {
		case first := <-q.requests:
			joined, single := q.join(first)
			for _, r := range single {
				q.write([]request{r})
			}
			if len(joined) > 0 {
				q.write(joined)
			}
		case <-q.ctx.Done():
			return
		}
	}
}

// join collects the requests that wait: those whose batches are stored together, and
// those with a batch that is repeated.
func (q *Queue) join(first request) (joined, single []request) {
	size := 0
	for r := first; ; {
		if r.batch.Repeated {
			single = append(single, r)
		} else {
			joined = append(joined, r)
		}
		if size += r.bytes; size >= joinedBytes {
			return joined, single
		}
		select {
		case r = <-q.requests:
		default:
			return joined, single
		}
	}
}

// write stores the batches of requests, and answers them.
func (q *Queue) write(requests []request) {
	batch := requests[0].batch
	a, ok := batch.Attempt.(*attempt)
	if !ok {
		a = q.divide(requests)
	}
	if batch.Repeated {
		batch.Attempt = a
	}
	w := encoders.Get().(*block.Writer)
	err := q.storeBlocks(a, w)
	w.Reset()
	encoders.Put(w)
	if errors.Is(err, ErrNeverFits) && len(requests) > 1 {
		err = queue.ErrFull // each for itself may fit
	}
	for _, r := range requests {
		r.stored <- err
	}
}

// divide sorts the records of requests by their partitions, and cuts them to blocks.
func (q *Queue) divide(requests []request) *attempt {
	sorted := make([][]mapping.Record, q.cfg.Partitions)
	if len(requests) == 1 && len(sorted) == 1 {
		sorted[0] = requests[0].batch.Records
	} else {
		for _, r := range requests {
			for i := range r.batch.Records {
				n := laneOf(&r.batch.Records[i]).partition(q.cfg.Partitions)
				sorted[n] = append(sorted[n], r.batch.Records[i])
			}
		}
	}
	a, id := &attempt{}, nuid.Next()
	for n, records := range sorted {
		for len(records) > 0 {
			size := block.Prefix(records)
			a.blocks = append(a.blocks, unstored{
				partition: n, records: records[:size:size], id: id + "-" + strconv.Itoa(len(a.blocks)),
			})
			records = records[size:]
		}
	}
	return a
}

// storeBlocks stores the blocks of an attempt and takes those off that are stored. The
// embedded server writes an atomic batch twice: for the blocks of a large one that costs
// more than a sync for each. So they are pipelined if there is room for all, while
// nothing else is stored, so that a full queue still refuses a batch as a whole.
func (q *Queue) storeBlocks(a *attempt, w *block.Writer) (err error) {
	pipelined := false
	if q.server != nil && len(a.blocks) > 1 && !a.unsure {
		q.storing.Lock()
		defer q.storing.Unlock()
		if pipelined, err = q.hasRoom(a.blocks, w); err != nil {
			return err
		}
	} else {
		q.storing.RLock()
		defer q.storing.RUnlock()
	}
	var stored int
	if pipelined {
		stored, err = q.storePipelined(a.blocks, w)
	} else {
		stored, err = q.storeAtOnce(a, w)
	}
	a.blocks = a.blocks[stored:]
	a.unsure = err != nil && (a.unsure || !errors.Is(err, queue.ErrFull))
	return err
}

// storeAtOnce stores blocks in one step, or one by one after an attempt that was not
// answered.
func (q *Queue) storeAtOnce(a *attempt, w *block.Writer) (stored int, err error) {
	messages, size := make([]message, len(a.blocks)), int64(0)
	for i := range a.blocks {
		messages[i] = q.blockMessage(&a.blocks[i], w)
		size += messages[i].leastSize()
	}
	seqs, err := q.publish(q.ctx, messages, a.unsure)
	q.onStored(seqs, a.blocks)
	if errors.Is(err, queue.ErrFull) {
		err = q.full(size)
	}
	return len(seqs), err
}

// onStored counts blocks, of which the first len(seqs) are stored, and keeps their records.
func (q *Queue) onStored(seqs []uint64, blocks []unstored) {
	if q.cfg.shared() {
		q.noteStored(seqs, blocks)
		return
	}
	q.countStored(seqs, blocks)
	for i, seq := range seqs {
		q.recent.add(seq, blocks[i].records)
	}
}

func (q *Queue) blockMessage(b *unstored, w *block.Writer) message {
	data := b.data
	if data == nil {
		data = w.Encode(b.records)
	}
	return message{subject: q.partitionSubject(b.partition), id: b.id, data: data}
}

func (q *Queue) partitionSubject(n int) string { return q.subject(fmt.Sprintf("p.%02d", n)) }
