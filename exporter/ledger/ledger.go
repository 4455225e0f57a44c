// Package ledger counts what becomes of every event the exporter reads: nothing
// is read that does not end up in exactly one other column.
package ledger

import (
	"maps"
	"sync"
)

// Counts is one state of the ledger, or a change to it. Read events are either
// accepted by Amplitude or not, dropped before sending, dead letters, or still held.
// Faults are counted on top: an event with a fault is sent all the same.
type Counts struct { //nolint:recvcheck // Add is for the owner, the rest for values that are handed out
	Read         int64            `json:"read"`
	Accepted     int64            `json:"accepted"`
	Dropped      map[string]int64 `json:"dropped"`
	DeadLettered map[string]int64 `json:"dead_lettered"`
	Held         int64            `json:"held"`
	Faults       map[string]int64 `json:"faults"`
	// NotIngested counts the events of successful uploads that go beyond the number
	// Amplitude says it took ("events_ingested"). Which ones they are is not known.
	NotIngested int64 `json:"not_ingested,omitempty"`
	// Expired counts by type the events dropped as key_expired. Nil: none.
	Expired map[string]int64 `json:"key_expired_by_type,omitempty"`
	// Unknown counts by type the events that are dropped or dead letters because
	// their type is not known. NotExported counts those of known types that
	// Amplitude is not sent. Nil: none.
	Unknown     map[string]int64 `json:"unknown_by_type,omitempty"`
	NotExported map[string]int64 `json:"not_exported_by_type,omitempty"`
	// Unaccounted are events read of which it is not known what became of them: the
	// record of it was lost with damaged files of the queue.
	Unaccounted int64 `json:"unaccounted,omitempty"`
	// Unkept counts by reason the dead letters that were not kept, for want of room
	// or of a place. They are in DeadLettered too. Nil: none.
	Unkept map[string]int64 `json:"dead_letters_not_kept,omitempty"`
	// UncountedLosses is the number of damaged places in inputs, or in the queue, where an
	// unknown number of events was lost. They are in no other column.
	UncountedLosses int64 `json:"uncounted_losses,omitempty"`
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

// Balanced reports whether the columns add up to what was read.
func (c Counts) Balanced() bool {
	return c.Held >= 0 && c.Read == c.Accepted+c.NotIngested+sum(c.Dropped)+sum(c.DeadLettered)+c.Unaccounted+c.Held
}

// Settled is the number of events that are accepted, not ingested, dropped or dead letters.
func (c Counts) Settled() int64 {
	return c.Accepted + c.NotIngested + sum(c.Dropped) + sum(c.DeadLettered)
}

func sum(column map[string]int64) int64 {
	total := int64(0)
	for _, n := range column {
		total += n
	}
	return total
}

// columns returns all numbers and all maps in one order, so that what is done to each of
// them is written once. The first three maps are never nil in a ledger.
func (c *Counts) columns() (numbers [6]*int64, byName [7]*map[string]int64) {
	return [...]*int64{&c.Read, &c.Accepted, &c.Held, &c.NotIngested, &c.UncountedLosses, &c.Unaccounted},
		[...]*map[string]int64{&c.Dropped, &c.DeadLettered, &c.Faults, &c.Expired, &c.Unknown, &c.NotExported, &c.Unkept}
}

// Add applies a change, without a lock. It leaves no zero behind when a change is taken
// back.
func (c *Counts) Add(d Counts) {
	numbers, byName := c.columns()
	changes, changesByName := d.columns()
	for i, n := range numbers {
		*n += *changes[i]
	}
	for i, column := range byName {
		if *column == nil && (i < 3 || len(*changesByName[i]) > 0) {
			*column = make(map[string]int64)
		}
		for name, n := range *changesByName[i] {
			if (*column)[name] += n; (*column)[name] == 0 {
				delete(*column, name)
			}
		}
	}
}

// Negated returns the change that takes this one back.
func (c Counts) Negated() Counts {
	c = c.clone()
	numbers, byName := c.columns()
	for _, n := range numbers {
		*n = -*n
	}
	for _, column := range byName {
		for name := range *column {
			(*column)[name] = -(*column)[name]
		}
	}
	return c
}

func (c Counts) clone() Counts {
	_, byName := c.columns()
	for _, column := range byName {
		*column = maps.Clone(*column)
	}
	return c
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

// Held is the number of events that are held.
func (l *Ledger) Held() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts.Held
}

// Counts returns a snapshot that the caller owns.
func (l *Ledger) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts.clone()
}
