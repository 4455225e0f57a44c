package dispatch

import (
	"encoding/json"
	"fmt"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// Checkpoint is the stored part of the ledger: of events that are settled and whose
// chunks are acknowledged, and of events that never were in the queue. What is stored
// and not in it is held.
type Checkpoint struct {
	Counts ledger.Counts `json:"counts"`
	// Settled is the number of these events that were in the queue.
	Settled int64 `json:"taken"`
	// Refused is the part of Counts that never was in the queue.
	Refused ledger.Counts `json:"turned_down"`
}

func newCheckpoint() Checkpoint { return Checkpoint{Counts: ledger.New(), Refused: ledger.New()} }

// DecodeCheckpoint reads what Encode wrote. Nil is the checkpoint of an empty ledger.
func DecodeCheckpoint(text []byte) (Checkpoint, error) {
	c := newCheckpoint()
	if text == nil {
		return c, nil
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("read stored ledger: %w", err)
	}
	// Makes the maps that are missing.
	c.Counts.Add(ledger.New())
	c.Refused.Add(ledger.New())
	return c, nil
}

// Encode returns the checkpoint as JSON.
func (c *Checkpoint) Encode() ([]byte, error) { return json.Marshal(c) }

func (c *Checkpoint) clone() Checkpoint {
	copied := newCheckpoint()
	copied.Counts.Add(c.Counts)
	copied.Refused.Add(c.Refused)
	copied.Settled = c.Settled
	return copied
}

// Replay takes a dead letter out of the counts whose event was stored in the queue
// again, which counts it once more. typeName is the name its type was counted under.
func (c *Checkpoint) Replay(l *queue.DeadLetter, typeName string) {
	change := ledger.Counts{Read: -1, DeadLettered: map[string]int64{l.Reason: -1}}
	switch l.Reason {
	case ledger.KeyExpired:
		change = ledger.Counts{Read: -1, Dropped: map[string]int64{l.Reason: -1}, Expired: map[string]int64{l.Record.Type: -1}}
	case mapping.UnknownType:
		change.Unknown = map[string]int64{typeName: -1}
	}
	c.Counts.Add(change)
}

// ledgerAt returns the whole ledger once so many events were stored.
func (c *Checkpoint) ledgerAt(stored int64) ledger.Counts {
	counts := ledger.New()
	counts.Add(c.Counts)
	counts.Held = stored - c.Settled
	counts.Read += counts.Held
	return counts
}
