package dispatch

import (
	"container/list"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// chunkState is what became of a chunk.
type chunkState uint8

const (
	chunkOpen     chunkState = iota // some of its events are in flight
	chunkFinished                   // none is; the committer acknowledges it
	chunkNacked                     // it was returned to the queue
	chunkRevoked                    // the queue took it back
)

// chunk is a chunk in flight.
type chunk struct {
	id          uint64
	seq         uint64
	redelivered bool
	uncounted   bool // see queue.Chunk
	receivedAt  time.Time

	state       chunkState
	pending     int           // its events in flight
	outcome     ledger.Counts // of its settled events; the maps may be nil
	deadLetters []queue.DeadLetter
	settled     []string // insert ids of settled events, if the chunk is redelivered
	place       *list.Element
}

// outcome is the end of an event.
type outcome struct {
	// counts has one event in Dropped, DeadLettered or NotIngested; the zero value means
	// that the event was accepted.
	counts     ledger.Counts
	deadLetter *queue.DeadLetter // nil: none is to be stored
}
