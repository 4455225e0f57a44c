package jetstream

import (
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// recentBytes bounds the wire bytes that recent keeps: two large batches of a source.
const recentBytes = 16 << 20

// recentLag is how many blocks may wait to be received when recent begins to take blocks
// again. Behind more of them a block would only take up memory for long.
const recentLag = 16

// recent keeps the records of blocks that were just stored, so that they need not be
// decoded when they are received: that would take a tenth of the processor time of an
// export. What it does not have is decoded. It returns records once. When it is full it
// takes no more until it is empty and no more than recentLag blocks wait. So it has blocks
// of few batches: one of them keeps its whole batch in memory. It is for a queue of one
// process: blocks of another are received elsewhere.
type recent struct {
	mu       sync.Mutex // guards what follows; taken last
	blocks   map[uint64][]mapping.Record
	bytes    int
	full     bool
	received uint64 // the last block that was received
}

// add takes the records of a stored block, unless a block behind it was received: then it
// was, too, or will be decoded. It clears those that it does not take.
func (r *recent) add(seq uint64, records []mapping.Record) {
	size := wireBytes(records)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.blocks) == 0 && seq <= r.received+recentLag {
		r.full = false
	}
	r.full = r.full || r.bytes+size > recentBytes
	if r.full || seq <= r.received {
		clear(records)
		return
	}
	if r.blocks == nil {
		r.blocks = make(map[uint64][]mapping.Record)
	}
	r.blocks[seq] = records
	r.bytes += size
}

// take returns the records of a block that is received, and forgets them.
func (r *recent) take(seq uint64) ([]mapping.Record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.received = max(r.received, seq)
	records, ok := r.blocks[seq]
	if ok {
		delete(r.blocks, seq)
		r.bytes -= wireBytes(records)
	}
	return records, ok
}

func wireBytes(records []mapping.Record) (n int) {
	for i := range records {
		n += len(records[i].Wire)
	}
	return n
}
