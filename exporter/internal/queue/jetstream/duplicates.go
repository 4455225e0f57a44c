package jetstream

import (
	"context"
	"slices"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// duplicates are events that are in both streams: the last process delayed them, but other
// events of their blocks in the main stream were not settled. They are delivered from the
// delayed stream alone. Not safe for concurrent use.
type duplicates struct {
	origins map[recordHash][]seqRange // the blocks each event may be in, once for each copy
	last    uint64                    // the main stream ended here when the queue was opened
}

// recordHash identifies a record.
type recordHash uint64

func hashOf(r *mapping.Record) recordHash {
	return recordHash(hashLane('i', r.InsertID)) ^ recordHash(laneOf(r))
}

// originOf returns the smallest range of blocks of the main stream that contains the
// chunks; zero if all of them are redelivered.
func (q *Queue) originOf(chunks []uint64) (origin seqRange) {
	for _, c := range q.receivedChunks(chunks) {
		if c.seq == 0 {
			continue
		}
		if origin[0] == 0 || c.seq < origin[0] {
			origin[0] = c.seq
		}
		origin[1] = max(origin[1], c.seq)
	}
	return origin
}

// isOpen reports whether one of the blocks of an origin is not done, so that it may be
// received again. p.mu must be held.
func (p *progress) isOpen(origin seqRange) bool {
	return origin[0] > 0 && !p.record.Done.includes(origin)
}

// loadDuplicates reads a block of the delayed stream if events of it may be in the main
// stream, too.
func (q *Queue) loadDuplicates(ctx context.Context, seq uint64, origin seqRange) error {
	p := &q.progress
	p.mu.Lock()
	open := !q.cfg.shared() && p.isOpen(origin)
	p.mu.Unlock()
	if !open {
		return nil
	}
	msg, err := q.delayedStream.GetMsg(ctx, seq)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return classify("read delayed block", err)
	}
	records, _ := block.Decode(msg.Data) // an error is reported when its turn comes
	if p.duplicates.origins == nil {
		p.duplicates.origins = make(map[recordHash][]seqRange)
	}
	for i := range records {
		hash := hashOf(&records[i])
		p.duplicates.origins[hash] = append(p.duplicates.origins[hash], origin)
	}
	return nil
}

// without leaves out of a block what is delayed, or was. It is called once for a block.
func (d *duplicates) without(seq uint64, records []mapping.Record) []mapping.Record {
	if len(d.origins) == 0 || seq > d.last {
		return records
	}
	return slices.DeleteFunc(records, func(r mapping.Record) bool { return d.take(hashOf(&r), seq) })
}

// take reports whether a record of a block is to be left out. Each copy of a record
// is left out once.
func (d *duplicates) take(hash recordHash, seq uint64) bool {
	origins := d.origins[hash]
	i := slices.IndexFunc(origins, func(r seqRange) bool { return r[0] <= seq && seq <= r[1] })
	if i < 0 {
		return false
	}
	if d.origins[hash] = slices.Delete(origins, i, i+1); len(origins) == 1 {
		delete(d.origins, hash)
	}
	return true
}
