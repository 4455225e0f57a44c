package queue

import (
	"context"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/queue/delay"
)

// MemoryConfig configures a queue in memory. Zero fields mean the defaults given with
// them.
type MemoryConfig struct {
	// MaxEvents and MaxBytes bound what is stored and not settled. A batch that is larger
	// is taken when the queue is empty. Required.
	MaxEvents, MaxBytes int
	// Counted is called with the number of events of each batch that is stored, before one
	// of them is received. It must not block. Optional.
	Counted func(events int)
	// Clock is that of delayed events. Required.
	Clock clock.Clock
}

// Memory is a queue in memory: what it holds is lost with the process. It is safe for
// concurrent use, but Receive is for one goroutine. Invariants:
//
//   - A batch counts toward the bounds until each of its events is acknowledged, as part
//     of the chunk it was received in or of one it was delayed to. Then it is safe.
//   - Of a lane, one chunk of delayed events is out at a time.
type Memory struct {
	cfg MemoryConfig

	mu            sync.Mutex // guards what follows
	lastID        uint64
	ready         []Chunk         // not received yet
	out           map[uint64]*out // received, and not acknowledged
	delayed       *delay.Index[Lane, delayedBlock]
	events, bytes int // of the batches that are not safe
	batches       int // the number of these
	state         map[string][]byte

	changed chan struct{} // holds a token when Receive should look again
}

var _ Queue = (*Memory)(nil)

// stored is a batch that is not safe.
type stored struct {
	events, bytes int
	refs          int // chunks and delayed blocks with events of it
	onSafe        func()
}

// out is a chunk that was received.
type out struct {
	batches []*stored
	front   *delayedFront // nil: its events were not delayed
}

// NewMemory returns an empty queue.
func NewMemory(cfg MemoryConfig) *Memory {
	if cfg.Counted == nil {
		cfg.Counted = func(int) {}
	}
	return &Memory{
		cfg: cfg, out: make(map[uint64]*out), delayed: delay.New[Lane, delayedBlock](), state: make(map[string][]byte),
		changed: make(chan struct{}, 1),
	}
}

// Store stores a batch as one chunk, or returns ErrFull.
func (m *Memory) Store(_ context.Context, b *Batch) error {
	if len(b.Records) == 0 {
		if b.OnSafe != nil {
			b.OnSafe()
		}
		return nil
	}
	s := &stored{events: len(b.Records), refs: 1, onSafe: b.OnSafe}
	for i := range b.Records {
		s.bytes += len(b.Records[i].Wire)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events > 0 && (m.events+s.events > m.cfg.MaxEvents || m.bytes+s.bytes > m.cfg.MaxBytes) {
		return ErrFull
	}
	m.cfg.Counted(s.events)
	m.events += s.events
	m.bytes += s.bytes
	m.batches++
	m.lastID++
	m.out[m.lastID] = &out{batches: []*stored{s}}
	m.ready = append(m.ready, Chunk{ID: m.lastID, Records: b.Records, Seq: m.lastID})
	m.notify()
	return nil
}

// Obstacle returns ErrFull when there is no room for even one more event.
func (m *Memory) Obstacle() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events >= m.cfg.MaxEvents || m.bytes >= m.cfg.MaxBytes {
		return ErrFull
	}
	return nil
}

// Receive returns delayed events whose time has come, or the oldest chunk that was not
// received yet, and waits for one.
func (m *Memory) Receive(ctx context.Context) (Chunk, error) {
	m.delayed.Arrived()
	for {
		c, at, ok := m.next()
		if ok {
			return c, nil
		}
		var due <-chan time.Time
		if !at.IsZero() {
			due = m.cfg.Clock.After(at.Sub(m.cfg.Clock.Now()))
		}
		select {
		case <-m.changed:
		case <-m.delayed.Changed():
		case <-due:
		case <-ctx.Done():
			return Chunk{}, ctx.Err()
		}
	}
}

// next returns the next chunk. Without one it returns when delayed events are due.
func (m *Memory) next() (c Chunk, at time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due, at, ok := m.delayed.Due(m.cfg.Clock.Now())
	if ok {
		return m.redeliver(due), time.Time{}, true
	}
	if len(m.ready) == 0 {
		return Chunk{}, at, false
	}
	c = m.ready[0]
	m.ready[0] = Chunk{}
	m.ready = m.ready[1:]
	return c, time.Time{}, true
}

// Revoked is nil: no other process works on the queue.
func (m *Memory) Revoked() <-chan Revocation { return nil }

// StopReceiving does nothing: no other process would deliver the rest.
func (m *Memory) StopReceiving() {}

// Position returns the present position.
func (m *Memory) Position(context.Context) (Position, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Position{Main: m.lastID, Delayed: m.lastID}, nil
}

// IsSettled reports whether every batch that was stored is safe.
func (m *Memory) IsSettled(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.batches == 0, nil
}

// IsSpent is false: nothing is lost in memory.
func (m *Memory) IsSpent(context.Context) (bool, error) { return false, nil }

// AddDeadLetters keeps none.
func (m *Memory) AddDeadLetters(context.Context, []DeadLetter) (int, error) {
	return 0, ErrNoDeadLetters
}

// Commit acknowledges chunks. The checkpoint would be lost with the process, as all else.
func (m *Memory) Commit(_ context.Context, _ []byte, chunks ...uint64) error {
	for _, onSafe := range m.ack(chunks) {
		onSafe()
	}
	return nil
}

func (m *Memory) ack(chunks []uint64) (safe []func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range chunks {
		o := m.out[id]
		if o == nil {
			continue
		}
		delete(m.out, id)
		if o.front != nil {
			m.delayed.Done(*o.front)
		}
		for _, s := range o.batches {
			safe = m.release(s, safe)
		}
	}
	return safe
}

// release gives one reference to a batch up, and adds its callback when it is safe.
func (m *Memory) release(s *stored, safe []func()) []func() {
	if s.refs--; s.refs > 0 {
		return safe
	}
	m.events -= s.events
	m.bytes -= s.bytes
	m.batches--
	if s.onSafe != nil {
		safe = append(safe, s.onSafe)
	}
	return safe
}

// Progress returns nothing: a queue in memory begins empty.
func (m *Memory) Progress() Progress { return Progress{} }

// Note does nothing.
func (m *Memory) Note([]byte) error { return nil }

// State returns a value.
func (m *Memory) State(_ context.Context, key string) (value []byte, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok = m.state[key]
	return value, ok, nil
}

// SetState keeps a value as long as the process lives.
func (m *Memory) SetState(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state[key] = value
	return nil
}

// DeleteState forgets a value.
func (m *Memory) DeleteState(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.state, key)
	return nil
}

// UpdateState replaces a value.
func (m *Memory) UpdateState(_ context.Context, key string, change func(value []byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, err := change(m.state[key])
	if err == nil && value != nil {
		m.state[key] = value
	}
	return err
}

// ID is empty.
func (m *Memory) ID() string { return "" }

// Stats describes the queue.
func (m *Memory) Stats(context.Context) (Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stats{Blocks: uint64(m.batches), Bytes: uint64(m.bytes), DelayedLanes: m.delayed.Len()}, nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

func (m *Memory) notify() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}
