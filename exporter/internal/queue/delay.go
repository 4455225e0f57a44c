package queue

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/delay"
)

// RedeliverEvents is the number of events from which on a chunk of delayed events is
// large enough: ten seconds' worth of one device.
const RedeliverEvents = 300

// delayedBlock holds delayed events of one lane.
type delayedBlock struct {
	seq     uint64
	records []mapping.Record
	batches []*stored
}

// Seq numbers the blocks.
func (b delayedBlock) Seq() uint64 { return b.seq }

type delayedFront = delay.Front[Lane, delayedBlock]

// Delay moves events out of their chunks.
func (m *Memory) Delay(_ context.Context, delayed []Delayed) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range delayed {
		batches := m.batchesOf(d.Chunks)
		for len(d.Records) > 0 {
			lane, n := LaneOf(&d.Records[0]), 1
			for n < len(d.Records) && n < RedeliverEvents && LaneOf(&d.Records[n]) == lane {
				n++
			}
			m.lastID++
			for _, s := range batches {
				s.refs++
			}
			m.delayed.Add(lane, m.cfg.Clock.Now(), d.Until, delayedBlock{seq: m.lastID, records: d.Records[:n:n], batches: batches})
			d.Records = d.Records[n:]
		}
	}
	return nil
}

func (m *Memory) batchesOf(chunks []uint64) (batches []*stored) {
	for _, id := range chunks {
		if o := m.out[id]; o != nil {
			batches = append(batches, o.batches...)
		}
	}
	return batches
}

// redeliver makes a chunk of the front of a lane that is due.
func (m *Memory) redeliver(due delayedFront) Chunk {
	o := &out{}
	var records []mapping.Record
	n := 0
	for _, b := range due.Blocks {
		if n > 0 && len(records)+len(b.records) > RedeliverEvents {
			break
		}
		records = append(records, b.records...)
		o.batches = append(o.batches, b.batches...)
		n++
	}
	front, _ := m.delayed.Take(due, n) // no lane is dropped
	o.front = &front
	m.lastID++
	m.out[m.lastID] = o
	return Chunk{ID: m.lastID, Records: records, Redelivered: true, Seq: front.Blocks[n-1].seq}
}

// NackUntil returns a redelivered chunk as a whole.
func (m *Memory) NackUntil(chunk uint64, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.out[chunk]; o != nil && o.front != nil {
		delete(m.out, chunk)
		m.delayed.Return(*o.front, m.cfg.Clock.Now(), until)
	}
}

// IsDelayed reports whether older events of the record's lane are delayed and were not
// received again.
func (m *Memory) IsDelayed(r *mapping.Record) bool {
	return m.delayed.Len() > 0 && m.delayed.Holds(LaneOf(r))
}
