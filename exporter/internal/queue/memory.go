package queue

import (
	"context"
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Memory is a queue in memory: what it holds is lost with the process. It is safe
// for concurrent use.
type Memory struct {
	maxEvents, maxBytes int

	mu            sync.Mutex // guards what follows
	lastID        uint64
	fresh         []Chunk
	open          map[uint64]pending // chunks put and not done
	events, bytes int
	arrival       chan struct{} // holds a token while fresh may be non-empty
}

type pending struct {
	events, bytes int
	done          func() // what Done calls; nil: nothing
}

// NewMemory returns an empty queue with room for chunks of so many events and
// bytes together, counted from Put to Done. A chunk larger than that is taken
// when the queue is empty.
func NewMemory(maxEvents, maxBytes int) *Memory {
	return &Memory{
		maxEvents: maxEvents,
		maxBytes:  maxBytes,
		open:      make(map[uint64]pending),
		arrival:   make(chan struct{}, 1),
	}
}

// Put stores a chunk. It keeps records. It returns ErrFull when there is no room.
func (m *Memory) Put(ctx context.Context, records []mapping.Record) error {
	return m.PutThen(ctx, records, nil)
}

// PutThen is Put for a source that must not forget the records before they are
// done, since a queue in memory may be lost: done is called then.
func (m *Memory) PutThen(_ context.Context, records []mapping.Record, done func()) error {
	n := pending{events: len(records), done: done}
	for i := range records {
		n.bytes += len(records[i].Wire)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events > 0 && (m.events+n.events > m.maxEvents || m.bytes+n.bytes > m.maxBytes) {
		return ErrFull
	}
	m.events += n.events
	m.bytes += n.bytes
	m.lastID++
	m.open[m.lastID] = n
	m.fresh = append(m.fresh, Chunk{ID: m.lastID, Records: records, Seq: m.lastID})
	m.announce()
	return nil
}

// Next returns the oldest chunk not handed out yet, and waits for one.
func (m *Memory) Next(ctx context.Context) (Chunk, error) {
	for {
		if c, ok := m.pop(); ok {
			return c, nil
		}
		select {
		case <-m.arrival:
		case <-ctx.Done():
			return Chunk{}, ctx.Err()
		}
	}
}

// Done forgets a chunk. Chunks may be done in any order.
func (m *Memory) Done(_ context.Context, id uint64) error {
	n := m.remove(id)
	if n.done != nil {
		n.done()
	}
	return nil
}

func (m *Memory) remove(id uint64) pending {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.open[id]
	delete(m.open, id)
	m.events -= n.events
	m.bytes -= n.bytes
	return n
}

// Mark returns the present moment.
func (m *Memory) Mark(context.Context) (Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Mark{Main: m.lastID}, nil
}

// Bytes is what the chunks put and not done take up.
func (m *Memory) Bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(m.bytes)
}

// Full tells whether there is no room for even one more event.
func (m *Memory) Full() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events >= m.maxEvents || m.bytes >= m.maxBytes
}

func (m *Memory) pop() (Chunk, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.fresh) == 0 {
		return Chunk{}, false
	}
	c := m.fresh[0]
	m.fresh[0] = Chunk{}
	m.fresh = m.fresh[1:]
	if len(m.fresh) > 0 {
		m.announce()
	}
	return c, true
}

func (m *Memory) announce() {
	select {
	case m.arrival <- struct{}{}:
	default:
	}
}
