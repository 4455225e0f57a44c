package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// writers is how many groups are written at the same time: one is encoded while
// the other waits for the disk.
const writers = 2

// groupBytes bounds what is joined into one group beyond the first Put.
const groupBytes = 16 << 20

// put is one call of Put, waiting.
type put struct {
	records []mapping.Record
	stored  chan error // has room for one
}

// Put stores records and returns when JetStream has acknowledged them. It returns
// queue.ErrFull when they do not fit: nothing of them is stored then, or at most
// the front part of a Put of tens of thousands of records; with any other error the
// front part may be. Puts at the same time
// are written together; the order of records is kept within a Put, and between
// Puts that follow one another.
//
// When ctx ends before the acknowledgement the records may still be stored.
func (q *Queue) Put(ctx context.Context, records []mapping.Record) error {
	if len(records) == 0 {
		return nil
	}
	if q.IsDiskFull() {
		return ErrDiskFull
	}
	p := put{records: records, stored: make(chan error, 1)}
	select {
	case q.puts <- p:
	case <-ctx.Done():
		return ctx.Err()
	case <-q.ctx.Done():
		return ErrClosed
	}
	select {
	case err := <-p.stored:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write stores puts, as many at once as are waiting.
func (q *Queue) write() {
	var blocks blockWriter
	for {
		select {
		case first := <-q.puts:
			group := q.gather(first)
			err := q.writeGroup(group, &blocks)
			blocks.reset()
			for _, p := range group {
				p.stored <- err
			}
		case <-q.ctx.Done():
			return
		}
	}
}

func (q *Queue) gather(first put) []put {
	group := []put{first}
	for size := putSize(first); size < groupBytes; {
		select {
		case p := <-q.puts:
			group = append(group, p)
			size += putSize(p)
		default:
			return group
		}
	}
	return group
}

func putSize(p put) (n int) {
	for i := range p.records {
		n += len(p.records[i].Wire)
	}
	return n
}

// share is what becomes one block: records of one partition.
type share struct {
	partition int
	records   []mapping.Record
}

func (q *Queue) writeGroup(group []put, blocks *blockWriter) error {
	shares := q.divide(group)
	if q.server != nil && len(shares) > 1 {
		if stored, err := q.writeChain(shares, blocks); stored || err != nil {
			return err
		}
	}
	q.writing.RLock()
	defer q.writing.RUnlock()
	messages := make([]message, len(shares))
	for i, s := range shares {
		messages[i] = q.blockMessage(s, blocks)
	}
	seqs, err := q.publish(q.ctx, messages)
	q.noteStored(shares, messages, seqs, err)
	return err
}

// blockMessage makes the message of a block. Until noteStored says otherwise its
// records may be handed out.
func (q *Queue) blockMessage(s share, blocks *blockWriter) message {
	m := message{
		subject: q.subject(fmt.Sprintf("p.%02d", s.partition)),
		id:      nuid.Next(),
		data:    blocks.encode(s.records),
	}
	q.remember(s, m.id)
	return m
}

// noteStored notes what became of messages, of which the first len(seqs) are stored.
func (q *Queue) noteStored(shares []share, messages []message, seqs []uint64, err error) {
	sizes := make([]int, len(seqs))
	for i := range seqs {
		sizes[i] = len(shares[i].records)
	}
	q.countStored(seqs, sizes...)
	q.recent.settle(messages, err == nil)
}

// divide sorts the records of puts by their partitions, and cuts them to blocks.
func (q *Queue) divide(group []put) (shares []share) {
	for n, records := range q.byPartition(group) {
		for len(records) > 0 {
			size := blockPrefix(records)
			shares = append(shares, share{n, records[:size:size]})
			records = records[size:]
		}
	}
	return shares
}

func (q *Queue) byPartition(group []put) [][]mapping.Record {
	sorted := make([][]mapping.Record, q.cfg.Partitions)
	if len(group) == 1 && len(sorted) == 1 {
		sorted[0] = group[0].records
		return sorted
	}
	for _, p := range group {
		for i := range p.records {
			n := laneOf(&p.records[i]).partition(q.cfg.Partitions)
			sorted[n] = append(sorted[n], p.records[i])
		}
	}
	return sorted
}

// remember keeps the records of a block of a partition this process works on.
func (q *Queue) remember(s share, id string) {
	p := q.shares[s.partition]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owned {
		q.recent.keep(p, id, s.records)
	}
}

// blockPrefix is how many of the records make the next block: at least one.
func blockPrefix(records []mapping.Record) int {
	size := 0
	for i := range records {
		size += recordSize(&records[i])
		if i > 0 && (i == blockRecords || size > blockBytes) {
			return i
		}
	}
	return len(records)
}
