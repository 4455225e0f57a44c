// Package ledger counts what becomes of every event the exporter reads: nothing
// is read that does not end up in exactly one other column.
package ledger

import (
	"maps"
	"sync"
)

// Counts is one state of the ledger, or a change to it. Read events are either
// accepted by Amplitude, dropped before sending, dead letters, or still held.
// Faults are counted on top: an event with a fault is sent all the same.
type Counts struct { //nolint:recvcheck // Add is for the owner, the rest for values that are handed out
	Read         int64            `json:"read"`
	Accepted     int64            `json:"accepted"`
	Dropped      map[string]int64 `json:"dropped"`
	DeadLettered map[string]int64 `json:"dead_lettered"`
	Held         int64            `json:"held"`
	Faults       map[string]int64 `json:"faults"`
	// Expired counts by type the events dropped as key_expired. Nil: none.
	Expired map[string]int64 `json:"key_expired_by_type,omitempty"`
}

// KeyExpired is the reason to drop events that waited too long for a key that
// Amplitude takes.
const KeyExpired = "key_expired"

// QueueDamaged is the reason to drop events that were stored and are gone, because
// the files of the queue are not what was written.
const QueueDamaged = "queue_damaged"

// New returns counts of nothing, with maps to count in.
func New() Counts {
	return Counts{Dropped: map[string]int64{}, DeadLettered: map[string]int64{}, Faults: map[string]int64{}}
}

// Balanced tells whether the columns add up to what was read.
func (c Counts) Balanced() bool {
	return c.Held >= 0 && c.Read == c.Accepted+sum(c.Dropped)+sum(c.DeadLettered)+c.Held
}

// Settled is the number of events that are accepted, dropped or dead letters.
func (c Counts) Settled() int64 { return c.Accepted + sum(c.Dropped) + sum(c.DeadLettered) }

func sum(column map[string]int64) int64 {
	total := int64(0)
	for _, n := range column {
		total += n
	}
	return total
}

// Add applies a change, without a lock.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Accepted += d.Accepted
	c.Held += d.Held
	c.Dropped = addColumn(c.Dropped, d.Dropped)
	c.DeadLettered = addColumn(c.DeadLettered, d.DeadLettered)
	c.Faults = addColumn(c.Faults, d.Faults)
	if len(d.Expired) > 0 {
		c.Expired = addColumn(c.Expired, d.Expired)
	}
}

// addColumn leaves no zero behind when a change is taken back.
func addColumn(column, change map[string]int64) map[string]int64 {
	if column == nil {
		column = make(map[string]int64)
	}
	for reason, n := range change {
		if column[reason] += n; column[reason] == 0 {
			delete(column, reason)
		}
	}
	return column
}

// Negated returns the change that takes this one back.
func (c Counts) Negated() Counts {
	n := New()
	if c.Expired != nil {
		n.Expired = make(map[string]int64)
	}
	n.Read, n.Accepted, n.Held = -c.Read, -c.Accepted, -c.Held
	for _, column := range [][2]map[string]int64{
		{n.Dropped, c.Dropped}, {n.DeadLettered, c.DeadLettered}, {n.Faults, c.Faults}, {n.Expired, c.Expired},
	} {
		for reason, count := range column[1] {
			column[0][reason] = -count
		}
	}
	return n
}

// Ledger is the running count. It is safe for concurrent use, and every change
// and every snapshot is atomic over all columns. New ledgers come from Open and Resume.
type Ledger struct {
	mu     sync.Mutex // guards counts
	counts Counts
}

// Open returns an empty ledger.
func Open() *Ledger { return Resume(New()) }

// Resume returns a ledger that goes on from counts, which it keeps.
func Resume(counts Counts) *Ledger { return &Ledger{counts: counts} }

// Add applies a change. Held goes down when an event settles.
func (l *Ledger) Add(change Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Add(change)
}

// Counts returns a snapshot that the caller owns.
func (l *Ledger) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts
	c.Dropped = maps.Clone(c.Dropped)
	c.DeadLettered = maps.Clone(c.DeadLettered)
	c.Faults = maps.Clone(c.Faults)
	c.Expired = maps.Clone(c.Expired)
	return c
}
