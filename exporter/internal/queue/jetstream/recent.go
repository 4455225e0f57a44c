package jetstream

import (
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// recentBytes bounds the wire bytes that recent keeps: three large Puts.
const recentBytes = 48 << 20

// recent keeps the records of blocks that were stored a moment ago. When such a
// block is delivered they are handed out as they are, and it need not be decoded.
//
// It is a shortcut and nothing else: what it does not have is decoded. It gives
// records out once, and not before their block is stored. When it is full it takes
// no more, since those it has are needed first.
type recent struct {
	mu     sync.Mutex // guards what follows; taken last
	blocks map[string]recentBlock
	bytes  int
}

// recentBlock is a block, by the id of its message.
type recentBlock struct {
	partition *partition
	records   []mapping.Record
	bytes     int
	stored    bool
}

func newRecent() recent { return recent{blocks: make(map[string]recentBlock)} }

// keep takes the records of a block that is about to be stored.
func (r *recent) keep(p *partition, id string, records []mapping.Record) {
	size := 0
	for i := range records {
		size += len(records[i].Wire)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes+size <= recentBytes {
		r.bytes += size
		r.blocks[id] = recentBlock{partition: p, records: records, bytes: size}
	}
}

// settle tells what became of messages. The records of those that were not stored
// are the caller's again.
func (r *recent) settle(messages []message, stored bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range messages {
		b, ok := r.blocks[messages[i].id]
		switch {
		case !ok:
		case stored:
			b.stored = true
			r.blocks[messages[i].id] = b
		default:
			r.remove(messages[i].id, b)
		}
	}
}

// take returns the records of a block that was delivered, and forgets them. A
// delivery can be faster than the acknowledgement: then it does not have them.
func (r *recent) take(id string) ([]mapping.Record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.blocks[id]
	if ok {
		r.remove(id, b)
	}
	return b.records, b.stored
}

// forget forgets a partition: somebody else may be delivered its blocks.
func (r *recent) forget(p *partition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, b := range r.blocks {
		if b.partition == p {
			r.remove(id, b)
		}
	}
}

func (r *recent) remove(id string, b recentBlock) {
	delete(r.blocks, id)
	r.bytes -= b.bytes
}
