// Package queue keeps events between their source and their delivery, in chunks:
// one chunk is stored, handed out and done with as a whole.
package queue

import (
	"errors"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// ErrFull tells that a queue has no room at present. The source has to wait and
// come again; nothing was stored.
var ErrFull = errors.New("queue is full")

// Chunk is a stored set of events.
type Chunk struct {
	ID      uint64
	Records []mapping.Record
	// Returned tells that the events were parked: they are all of one lane, and
	// older than whatever of it is parked still.
	Returned bool
	// Seq is where the chunk is stored, to be compared with a Mark.
	Seq uint64
}

// Mark is a moment in the life of a queue.
type Mark struct{ Main, Parked uint64 }

// Holds tells whether a chunk had been stored at that moment.
func (m Mark) Holds(c Chunk) bool {
	if c.Returned {
		return c.Seq <= m.Parked
	}
	return c.Seq <= m.Main
}
