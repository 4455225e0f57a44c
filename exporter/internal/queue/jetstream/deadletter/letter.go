package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// ReasonCorrupt is the reason of a dead letter that holds a stored block which could not
// be read, as it is, in Record.Wire.
const ReasonCorrupt = "corrupt_block"

// head is the line before the block.
type head struct {
	Reason     string    `json:"reason"`
	FirstError string    `json:"first_error,omitempty"`
	LastError  string    `json:"last_error,omitempty"`
	Attempts   int       `json:"attempts"`
	At         time.Time `json:"at"`
}

// Encode returns a dead letter as it is stored, without its ID.
func Encode(l *queue.DeadLetter) ([]byte, error) {
	text, err := json.Marshal(head{l.Reason, l.FirstError, l.LastError, l.Attempts, l.At})
	if err != nil {
		return nil, fmt.Errorf("encode dead letter: %w", err)
	}
	text = append(text, '\n')
	return append(text, block.Encode([]mapping.Record{l.Record})...), nil
}

// Decode returns the dead letter of an ID. The error is block.ErrCorrupt.
func Decode(id uint64, stored []byte) (queue.DeadLetter, error) {
	text, body, _ := bytes.Cut(stored, []byte{'\n'})
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return queue.DeadLetter{}, fmt.Errorf("read dead letter %d: %w: %w", id, block.ErrCorrupt, err)
	}
	records, err := block.Decode(body)
	if err != nil || len(records) != 1 {
		return queue.DeadLetter{}, fmt.Errorf("read dead letter %d: %w", id, errors.Join(block.ErrCorrupt, err))
	}
	return queue.DeadLetter{
		ID: id, Reason: h.Reason, FirstError: h.FirstError, LastError: h.LastError, Attempts: h.Attempts, At: h.At, Record: records[0],
	}, nil
}
