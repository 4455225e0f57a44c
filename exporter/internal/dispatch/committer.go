package dispatch

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// Ack is a chunk whose events are all settled or delayed.
type Ack struct {
	Chunk       uint64
	Outcome     ledger.Counts // of the settled events; the maps may be nil
	DeadLetters []queue.DeadLetter
}

// Committer persists the ledger and acknowledges finished chunks in one Commit,
// after their dead letters. While an exporter runs it is the only writer of acks and of
// the checkpoint.
// Invariants:
//
//   - A chunk is acknowledged by the commit that stores a checkpoint with its outcome,
//     and by no other: no event is counted twice, and none is missing.
//   - The dead letters of a chunk are stored, or counted as not kept, before that commit.
//   - What a failed commit was to store is stored by the next one.
//
// It is safe for concurrent use.
type Committer struct {
	queue    queue.Committer
	interval time.Duration
	keep     func(*queue.DeadLetter) error // nil: the queue does
	unkept   func(ledger.Counts, error)

	before ledger.Counts // of the processes before

	mu         sync.Mutex // guards what follows
	checkpoint Checkpoint
	acks       []uint64
	letters    []queue.DeadLetter
	dirty      bool

	wake      chan struct{} // holds a token when there is something to commit
	commitNow chan struct{} // holds a token when the next commit is waited for
}

// NewCommitter returns a Committer that continues with what the queue has stored. It
// waits for interval between two commits. keep is called for each dead letter, on the
// goroutine that commits; nil: the queue keeps them. unkept is called with counts of dead
// letters that are not kept, and why.
func NewCommitter(
	q queue.Committer, interval time.Duration, keep func(*queue.DeadLetter) error, unkept func(ledger.Counts, error),
) (*Committer, error) {
	found := q.Progress()
	checkpoint, err := DecodeCheckpoint(found.Checkpoint)
	if err != nil {
		return nil, err
	}
	c := &Committer{
		queue: q, interval: interval, keep: keep, unkept: unkept, checkpoint: checkpoint,
		wake: make(chan struct{}, 1), commitNow: make(chan struct{}, 1),
	}
	if err := c.restoreRefused(found.Note); err != nil {
		return nil, err
	}
	c.before.Add(c.checkpoint.Counts)
	c.countLosses(&found)
	return c, nil
}

// countLosses counts what the queue was found to have lost.
func (c *Committer) countLosses(found *queue.Progress) {
	lost := ledger.Counts{Read: found.Unaccounted, Unaccounted: found.Unaccounted}
	if found.CountLost {
		lost.UncountedLosses = 1
	}
	if found.LostLetters > 0 {
		lost.Unkept = map[string]int64{ledger.QueueDamaged: found.LostLetters}
	}
	if lost.Unaccounted+lost.UncountedLosses+found.LostLetters > 0 {
		c.checkpoint.Counts.Add(lost)
		c.checkpoint.Settled += found.Unaccounted
		c.touch()
	}
}

// restoreRefused counts what was refused after the last commit of the process before.
func (c *Committer) restoreRefused(text []byte) error {
	if text == nil {
		return nil
	}
	var noted ledger.Counts
	if err := json.Unmarshal(text, &noted); err != nil {
		return fmt.Errorf("read counts of refused events: %w", err)
	}
	noted.Add(c.checkpoint.Refused.Negated())
	// A note with fewer events than the checkpoint is older.
	events := noted.Read + noted.UncountedLosses
	for _, n := range noted.Faults {
		events += n
	}
	if events <= 0 {
		return nil
	}
	c.checkpoint.Counts.Add(noted)
	c.checkpoint.Refused.Add(noted)
	c.touch()
	return nil
}

// Before returns the counts of the processes before.
func (c *Committer) Before() ledger.Counts { return c.before }

// Ledger returns the ledger to begin with: what is stored and not settled is held.
func (c *Committer) Ledger() ledger.Counts {
	stored := c.queue.Progress().Stored
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checkpoint.ledgerAt(stored)
}

// Refuse counts what never goes through the queue. When it returns, the counts survive
// the end of the process as the events in the queue do.
func (c *Committer) Refuse(counts ledger.Counts) error {
	counts.Read -= counts.Held
	counts.Held = 0
	if counts.Read == 0 && len(counts.Faults) == 0 && counts.UncountedLosses == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkpoint.Counts.Add(counts)
	c.checkpoint.Refused.Add(counts)
	c.touch()
	text, err := json.Marshal(c.checkpoint.Refused)
	if err != nil {
		return err
	}
	return c.queue.Note(text)
}

// Finish takes a chunk to be acknowledged.
func (c *Committer) Finish(a Ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settled := a.Outcome.Settled()
	a.Outcome.Read = settled
	c.checkpoint.Counts.Add(a.Outcome)
	c.checkpoint.Settled += settled
	c.acks = append(c.acks, a.Chunk)
	c.letters = append(c.letters, a.DeadLetters...)
	c.touch()
}

// RecordLost counts events that were stored and are gone.
func (c *Committer) RecordLost(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkpoint.Counts.Add(ledger.Counts{Read: n, Dropped: map[string]int64{ledger.QueueDamaged: n}})
	c.checkpoint.Settled += n
	c.touch()
}

func (c *Committer) touch() {
	c.dirty = true
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take returns what is to be committed, with a copy of the checkpoint.
func (c *Committer) take() (letters []queue.DeadLetter, acks []uint64, copied Checkpoint, due bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return nil, nil, copied, false
	}
	letters, acks = c.letters, c.acks
	c.letters, c.acks, c.dirty = nil, nil, false
	return letters, acks, c.checkpoint.clone(), true
}

func (c *Committer) putBack(letters []queue.DeadLetter, acks []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.letters = append(letters, c.letters...)
	c.acks = append(acks, c.acks...)
	c.touch()
}
