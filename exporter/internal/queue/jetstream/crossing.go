package jetstream

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// crossing are records that the process before parked, but whose chunks it could
// not finish: they are in both streams. Those in the main stream are left out.
type crossing struct {
	blocks  []uint64       // parked blocks to look into, while the queue is opened
	records map[place]bool // found in them
	last    uint64         // the main stream ended here when the queue was opened
}

// place tells records apart.
type place struct {
	lane lane
	id   string
}

// sequences describes where the records of chunks are in the main stream: the
// first and the last block.
func (q *Queue) sequences(chunks []uint64) string {
	first, last := uint64(0), uint64(0)
	main, _ := q.blocksOf(chunks)
	for _, seq := range main {
		if first == 0 || seq < first {
			first = seq
		}
		last = max(last, seq)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// sawParked notes a parked block when one of the blocks it came from may still be
// handed out.
func (p *progress) sawParked(seq uint64, from string) {
	text, to, _ := strings.Cut(from, "-")
	first, err1 := strconv.ParseUint(text, 10, 64)
	last, err2 := strconv.ParseUint(to, 10, 64)
	if err1 != nil || err2 != nil || first == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done.count(first, last) <= last-first {
		p.crossing.blocks = append(p.crossing.blocks, seq)
	}
}

// loadCrossing reads the blocks that were noted.
func (q *Queue) loadCrossing(ctx context.Context) error {
	c := &q.progress.crossing
	c.last = q.progress.upTo
	c.records = make(map[place]bool)
	for _, seq := range c.blocks {
		msg, err := q.parked.GetMsg(ctx, seq)
		if gone(err) {
			continue
		}
		if err != nil {
			return classify("read parked events", err)
		}
		records, err := decodeBlock(msg.Data)
		if err != nil {
			continue // it is reported when its turn comes
		}
		for i := range records {
			c.records[place{laneOf(&records[i]), records[i].InsertID}] = true
		}
	}
	c.blocks = nil
	return nil
}

// withoutParked leaves out of a block of the main stream what is parked.
func (p *progress) withoutParked(seq uint64, records []mapping.Record) []mapping.Record {
	if len(p.crossing.records) == 0 || seq > p.crossing.last {
		return records
	}
	kept := records[:0]
	for i := range records {
		if !p.crossing.records[place{laneOf(&records[i]), records[i].InsertID}] {
			kept = append(kept, records[i])
		}
	}
	return kept
}
