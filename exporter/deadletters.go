package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/deadletter"
)

// DeadLetter is an event Amplitude will not take, and why.
type DeadLetter struct {
	ID         uint64    `json:"id,omitempty"` // in the queue
	At         time.Time `json:"at"`
	Reason     string    `json:"reason"`
	FirstError string    `json:"first_error,omitempty"`
	LastError  string    `json:"last_error,omitempty"`
	Attempts   int       `json:"attempts"`
	Type       string    `json:"event_type"` // of Currents
	InsertID   string    `json:"insert_id"`
	// Event is what was sent to Amplitude. It holds personal data.
	Event json.RawMessage `json:"event,omitempty"`
}

// ErrNoDeadLetter is returned when there is no dead letter of that id.
var ErrNoDeadLetter = jetstream.ErrNotFound

// ErrDeadLetterNotKept is what OnDeadLetter returns if it keeps a letter nowhere, and has
// reported that.
var ErrDeadLetterNotKept = dispatch.ErrDeadLetterNotKept

// DeadLetters are those of a durable queue. They are for one goroutine.
type DeadLetters struct{ queue *jetstream.Queue }

// OpenDeadLetters opens the dead letters of a queue. An exporter may be working on it;
// from a directory that is in use nothing can be replayed.
func OpenDeadLetters(ctx context.Context, q Queue) (*DeadLetters, error) {
	if q.isMemory() {
		return nil, &ConfigError{errors.New("open dead letters: a queue in memory has none: name a directory or a cluster")}
	}
	cfg, err := (Config{APIKey: "none"}).withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open dead letters: %w", err)
	}
	settings, err := q.settings(cfg)
	if err != nil {
		return nil, &ConfigError{fmt.Errorf("open dead letters: %w", err)}
	}
	settings.Passive = true
	queue, err := jetstream.Open(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open dead letters: %w", err)
	}
	return &DeadLetters{queue}, nil
}

// Close closes the queue.
func (d *DeadLetters) Close() error { return d.queue.Close() }

// Count returns how many dead letters there are. Those that damage has made unreadable are
// among them, and All passes over them.
func (d *DeadLetters) Count(ctx context.Context) (uint64, error) {
	stats, err := d.queue.Stats(ctx)
	return stats.DeadLetters, err
}

// All yields all dead letters, oldest first, until the first error.
func (d *DeadLetters) All(ctx context.Context) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		const page = 100
		for after := uint64(0); ; {
			letters, err := d.queue.ListDeadLetters(ctx, after, page)
			for i := range letters {
				after = letters[i].ID
				if !yield(deadLetter(&letters[i]), nil) {
					return
				}
			}
			if err != nil {
				yield(DeadLetter{}, err)
				return
			}
			if len(letters) < page {
				return
			}
		}
	}
}

func deadLetter(l *queue.DeadLetter) DeadLetter {
	return DeadLetter{
		ID: l.ID, At: l.At, Reason: l.Reason, FirstError: l.FirstError, LastError: l.LastError, Attempts: l.Attempts,
		Type: l.Record.Type, InsertID: l.Record.InsertID, Event: l.Record.Wire,
	}
}

// Get returns one dead letter, or ErrNoDeadLetter.
func (d *DeadLetters) Get(ctx context.Context, id uint64) (DeadLetter, error) {
	l, err := d.queue.DeadLetter(ctx, id)
	if err != nil {
		return DeadLetter{}, err
	}
	return deadLetter(&l), nil
}

// Replay puts a dead letter back into the queue: the next exporter that works on it
// sends it once more. In its ledger the event is held again.
func (d *DeadLetters) Replay(ctx context.Context, id uint64) error {
	if d.queue.IsBeside() {
		return fmt.Errorf("replay dead letter %d: %w", id, ErrQueueInUse)
	}
	l, err := d.queue.DeadLetter(ctx, id)
	if err != nil {
		return err
	}
	if l.Reason == deadletter.ReasonCorrupt {
		return fmt.Errorf("replay dead letter %d: it is a damaged block, not an event", id)
	}
	if err := d.queue.Store(ctx, &queue.Batch{Records: []mapping.Record{l.Record}}); err != nil {
		return fmt.Errorf("replay dead letter %d: %w", id, err)
	}
	if err := d.rebook(ctx, &l); err != nil {
		return fmt.Errorf("replay dead letter %d: %w", id, err)
	}
	return d.queue.DeleteDeadLetter(ctx, id)
}

// rebook takes the event out of the stored ledger. It counts as put again; an event
// that had been dropped was counted there once, too.
func (d *DeadLetters) rebook(ctx context.Context, l *queue.DeadLetter) error {
	value := d.queue.Progress().Checkpoint
	if value == nil {
		return nil // the ledger of a shared queue is its processes'
	}
	c, err := dispatch.DecodeCheckpoint(value)
	if err != nil {
		return err
	}
	c.Replay(l, printable(l.Record.Type, maxTypeName))
	if value, err = c.Encode(); err != nil {
		return err
	}
	return d.queue.Commit(ctx, value)
}

// Delete deletes a dead letter for good, or returns ErrNoDeadLetter. It stays counted as
// one in the ledger.
func (d *DeadLetters) Delete(ctx context.Context, id uint64) error {
	return d.queue.DeleteDeadLetter(ctx, id)
}

// DeleteAll deletes all dead letters, and returns how many there were.
func (d *DeadLetters) DeleteAll(ctx context.Context) (int64, error) {
	n, err := d.queue.PurgeDeadLetters(ctx)
	return int64(n), err // far below
}
