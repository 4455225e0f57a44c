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
	open          map[uint64]size // chunks put and not done
	events, bytes int
	arrival       chan struct{} // holds a token while fresh may be non-empty
}

type size struct{ events, bytes int }

// NewMemory returns an empty queue with room for chunks of so many events and
// bytes together, counted from Put to Done. A chunk larger than that is taken
// when the queue is empty.
func NewMemory(maxEvents, maxBytes int) *Memory {
	return &Memory{
		maxEvents: maxEvents,
		maxBytes:  maxBytes,
		open:      make(map[uint64]size),
		arrival:   make(chan struct{}, 1),
	}
}

// Put stores a chunk. It keeps records. It returns ErrFull when there is no room.
func (m *Memory) Put(_ context.Context, records []mapping.Record) error {
	n := size{events: len(records)}
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
	m.fresh = append(m.fresh, Chunk{ID: m.lastID, Records: records})
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
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.open[id]
	delete(m.open, id)
	m.events -= n.events
	m.bytes -= n.bytes
	return nil
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
