// Package queue defines how events wait between their source and their delivery. They
// are stored, received and acknowledged in chunks.
//
// [Queue] is the whole contract. [Memory] implements it in this package, and package
// jetstream on a disk or a cluster. Nothing outside of an implementation depends on
// which of them it is.
package queue

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// ErrFull is returned when a queue has no room at present. Nothing was stored: the
// source has to wait and to come again.
var ErrFull = errors.New("queue is full")

// ErrNoDeadLetters is returned by a queue that does not keep dead letters.
var ErrNoDeadLetters = errors.New("queue keeps no dead letters")

// Queue stores events until they are settled. All methods are safe for concurrent use,
// except that Receive is for one goroutine, and AddDeadLetters and Commit for another.
//
// An event belongs to the chunk it was received in, until that chunk is acknowledged by
// Commit, returned by NackUntil or revoked. Delay moves events out of their chunks.
// Whatever happens to the process, an event that was stored is received until a Commit
// has acknowledged it.
type Queue interface {
	Storage
	Receiver
	Delayer
	Committer
	State
	io.Closer

	// ID is the same as long as the stored queue is, and differs from that of any other
	// queue. Empty: nothing outlives the process.
	ID() string
	// Stats describes the queue. It is for status pages, not for every event.
	Stats(ctx context.Context) (Stats, error)
}

// Storage takes events from sources.
type Storage interface {
	// Store returns when the batch is stored, or ErrFull. After any other error a part of
	// it may be stored.
	Store(ctx context.Context, b *Batch) error
	// Obstacle returns why Store would refuse a batch at present; nil: no reason is known.
	// It is cheap.
	Obstacle() error
}

// Receiver hands chunks out.
type Receiver interface {
	// Receive returns the next chunk, and waits for one. A call confirms that the chunk
	// before was taken over: at most one chunk is on its way.
	Receive(ctx context.Context) (Chunk, error)
	// Revoked sends chunks that were taken back. It must be read while chunks are out.
	// Nil: that never happens.
	Revoked() <-chan Revocation
	// StopReceiving lets a queue that other processes share leave the rest to them. A queue
	// of this process alone goes on.
	StopReceiving()
	// Position returns the present position, which separates what is stored from what will be.
	Position(ctx context.Context) (Position, error)
	// IsSettled reports whether every event that was stored is settled and acknowledged. For
	// a shared queue it is about what this process has received, and has stored in partitions
	// that no other process owns.
	IsSettled(ctx context.Context) (bool, error)
	// IsSpent reports whether nothing of what is stored will be received any more, so that
	// events still counted as held are lost. Expensive: for when events seem to be missing.
	IsSpent(ctx context.Context) (bool, error)
}

// Delayer keeps events outside of the caller's memory until a time.
type Delayer interface {
	// Delay moves events out of their chunks, and returns when they are stored. They are
	// received again after their time, in order, as chunks of one lane: the next one when
	// the one before is acknowledged. After an error they may be stored: the call must be
	// repeated with the same events, of which none is stored or received twice.
	Delay(ctx context.Context, delayed []Delayed) error
	// NackUntil returns a redelivered chunk as a whole. It is received again after a time,
	// before everything of its lane that was delayed later. It does no input or output.
	NackUntil(chunk uint64, until time.Time)
	// IsDelayed reports whether older events of the record's lane are delayed and were not
	// received again. Then the record must be delayed as well, to keep the order.
	IsDelayed(r *mapping.Record) bool
}

// Committer makes outcomes permanent.
type Committer interface {
	// AddDeadLetters stores dead letters in order and returns how many. The error is ErrFull
	// or ErrNoDeadLetters if the others will not be kept.
	AddDeadLetters(ctx context.Context, letters []DeadLetter) (stored int, err error)
	// Commit stores the checkpoint and acknowledges chunks. After an error the checkpoint
	// may be stored and say that the chunks are done, though they are not acknowledged: the
	// caller repeats the call, or the queue drops them when it is opened again. A chunk is
	// never acknowledged without its checkpoint. Chunks that are not out are ignored.
	Commit(ctx context.Context, checkpoint []byte, chunks ...uint64) error
	// Note stores a small JSON value before it returns.
	Note(value []byte) error
	// Progress returns what was stored so far, and what was found to be lost. A queue that
	// does not outlive the process, or is shared, has none.
	Progress() Progress
}

// State keeps small values by key.
type State interface {
	State(ctx context.Context, key string) (value []byte, ok bool, err error)
	SetState(ctx context.Context, key string, value []byte) error
	DeleteState(ctx context.Context, key string) error
	// UpdateState replaces a value, nil if there is none, by what change makes of it. If
	// another process stores one at the same time, change is called again with that. It
	// stores nothing if change returns nil or an error.
	UpdateState(ctx context.Context, key string, change func(value []byte) ([]byte, error)) error
}

// Lane names the events that are delivered in order: those of a device, or of a user in
// events without one.
type Lane struct {
	User bool
	ID   string
}

// LaneOf returns the lane of a record.
func LaneOf(r *mapping.Record) Lane {
	if r.DeviceID != "" {
		return Lane{ID: r.DeviceID}
	}
	return Lane{User: true, ID: r.UserID}
}

// Batch is what a source stores at a time.
type Batch struct {
	// Records are the queue's once they are stored.
	Records []mapping.Record
	// OnSafe is called once when the source need not keep the records any more: when they
	// survive the process, or else when all of them are settled. Optional.
	OnSafe func()
	// Repeated says that the same Batch is stored again after an error. The queue then
	// stores only what it does not have.
	Repeated bool
	// Attempt is what the queue remembers between two attempts.
	Attempt any
}

// Chunk is a set of events that is received, and acknowledged, as a whole.
type Chunk struct {
	ID      uint64
	Records []mapping.Record
	// Redelivered is set for events that were delayed: they are all of one lane, and
	// older than whatever of it is delayed still.
	Redelivered bool
	// Uncounted is set for events that are in no ledger before a process has received them.
	// That process counts them, and takes them out again if they leave unsettled.
	Uncounted bool
	// Seq is where the chunk is stored, to be compared with a Position.
	Seq uint64
}

// Progress is what a queue has stored, and has lost because files were damaged. What is
// lost is reported until a Commit has recorded it.
type Progress struct {
	Stored     int64  // events
	Checkpoint []byte // the last one; nil: none is stored
	Note       []byte // the last one; nil: none is stored
	// Unaccounted is the number of stored events of which it is not known what became of
	// them. CountLost is set if an unknown number may be missing beside them.
	Unaccounted int64
	CountLost   bool
	// LostLetters is the number of dead letters that are gone.
	LostLetters int64
}

// Position is a moment in the life of a queue.
type Position struct{ Main, Delayed uint64 }

// Includes reports whether a chunk had been stored at that moment.
func (p Position) Includes(seq uint64, redelivered bool) bool {
	if redelivered {
		return seq <= p.Delayed
	}
	return seq <= p.Main
}

// Revocation says that chunks were taken back, because another process has their
// partition or it has to be read again. Only uncounted chunks are revoked: the outcome of
// others may be on its way to the checkpoint. Their events must be forgotten. An upload under
// way cannot be stopped; Amplitude recognizes repeats by their insert_id.
type Revocation struct {
	// Chunks are ids. To acknowledge one of them does nothing.
	Chunks []uint64
	// Confirm says that the events are gone. The partition is not read before.
	Confirm func()
}

// Delayed are events to be received again later.
type Delayed struct {
	// Until is the earliest time; zero: with what is delayed of their lanes already.
	Until   time.Time
	Records []mapping.Record
	// Chunks are the ids of the chunks that the records are of.
	Chunks []uint64
}

// DeadLetter is an event that Amplitude will never take, and why.
type DeadLetter struct {
	ID         uint64 // set by the queue
	Reason     string
	FirstError string
	LastError  string
	Attempts   int
	At         time.Time
	Record     mapping.Record
}

// Stats describe a queue at one moment.
type Stats struct {
	// Blocks and Bytes are stored and not acknowledged, without what is delayed. MaxBytes
	// is the bound for Bytes; zero: there is none.
	Blocks          uint64
	Bytes, MaxBytes uint64
	// Oldest is when the oldest block was stored; zero: not known.
	Oldest time.Time
	// DelayedBlocks and DelayedBytes are what is delayed, of all processes. DelayedLanes are
	// the lanes with delayed events that are in memory here.
	DelayedBlocks, DelayedBytes uint64
	DelayedLanes                int
	DeadLetters                 uint64
	// Corrupt counts blocks that this process could not read.
	Corrupt int64
	// Damaged is set when stored files are not what was written: events may be lost.
	Damaged bool
}
