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
}
