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
// the front part of a Put of tens of thousands of records. Puts at the same time
// are written together; the order of records is kept within a Put, and between
// Puts that follow one another.
//
// When ctx ends before the acknowledgement the records may still be stored.
func (q *Queue) Put(ctx context.Context, records []mapping.Record) error {
	if len(records) == 0 {
		return nil
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

func (q *Queue) writeGroup(group []put, blocks *blockWriter) error {
	var messages []message
	var sizes []int
	for n, share := range q.divide(group) {
		for len(share) > 0 {
			size := blockPrefix(share)
			m := message{
				subject: q.subject(fmt.Sprintf("p.%02d", n)),
				id:      nuid.Next(),
				data:    blocks.encode(share[:size]),
			}
			q.remember(n, m.id, share[:size:size])
			messages, sizes = append(messages, m), append(sizes, size)
			share = share[size:]
		}
	}
	seqs, err := q.publish(q.ctx, messages)
	q.countStored(seqs, sizes...)
	q.recent.settle(messages, err == nil)
	return err
}

// divide sorts the records of puts by their partitions.
func (q *Queue) divide(group []put) [][]mapping.Record {
	shares := make([][]mapping.Record, q.cfg.Partitions)
	if len(group) == 1 && len(shares) == 1 {
		shares[0] = group[0].records
		return shares
	}
	for _, p := range group {
		for i := range p.records {
			n := laneOf(&p.records[i]).partition(q.cfg.Partitions)
			shares[n] = append(shares[n], p.records[i])
		}
	}
	return shares
}

// remember keeps the records of a block of a partition this process works on.
func (q *Queue) remember(n int, id string, records []mapping.Record) {
	p := q.shares[n]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owned {
		q.recent.keep(p, id, records)
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
