package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// ReasonCorrupt is the reason of a letter that holds a stored block which could
// not be read, as it is, in Record.Wire.
const ReasonCorrupt = "corrupt_block"

// Letter is an event Amplitude will never take, and why.
type Letter struct {
	ID         uint64 // set by the queue
	Reason     string
	FirstError string
	LastError  string
	Attempts   int
	At         time.Time
	Record     mapping.Record
}

// storedLetter is the head of a letter, as JSON. The record follows as a block.
type storedLetter struct {
	Reason     string    `json:"reason"`
	FirstError string    `json:"first_error,omitempty"`
	LastError  string    `json:"last_error,omitempty"`
	Attempts   int       `json:"attempts"`
	At         time.Time `json:"at"`
}

// Bury stores dead letters, all of them or, beyond a thousand, at least the front
// part. queue.ErrFull tells that there is no room.
func (q *Queue) Bury(ctx context.Context, letters []Letter) error {
	messages := make([]message, len(letters))
	for i := range letters {
		data, err := appendLetter(&letters[i])
		if err != nil {
			return fmt.Errorf("bury: %w", err)
		}
		messages[i] = message{subject: q.subject("dead"), id: nuid.Next(), data: data}
	}
	_, err := q.publish(ctx, messages)
	return err
}

// buryBlock makes a dead letter of a stored block that cannot be read.
func (q *Queue) buryBlock(ctx context.Context, block []byte, seq uint64, cause error) error {
	q.log.Error("stored block cannot be read: it is kept among the dead letters", "sequence", seq, "err", cause)
	q.corrupt.Add(1)
	return q.Bury(ctx, []Letter{{
		Reason: ReasonCorrupt, FirstError: cause.Error(), LastError: cause.Error(), At: q.cfg.Now(),
		Record: mapping.Record{Wire: block},
	}})
}

// Letters returns up to n dead letters with ids above after, oldest first.
func (q *Queue) Letters(ctx context.Context, after uint64, n int) ([]Letter, error) {
	var letters []Letter
	for len(letters) < n {
		msg, err := q.dead.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(q.subject("dead")))
		if gone(err) {
			break
		}
		if err != nil {
			return letters, classify("read dead letters", err)
		}
		letter, err := readLetter(msg)
		if err != nil {
			return letters, err
		}
		letters = append(letters, letter)
		after = msg.Sequence
	}
	return letters, nil
}

// Letter returns one dead letter, or ErrNotFound.
func (q *Queue) Letter(ctx context.Context, id uint64) (Letter, error) {
	msg, err := q.dead.GetMsg(ctx, id)
	if gone(err) {
		return Letter{}, fmt.Errorf("%w: %d", ErrNotFound, id)
	}
	if err != nil {
		return Letter{}, classify("read dead letter", err)
	}
	return readLetter(msg)
}

func appendLetter(l *Letter) ([]byte, error) {
	head, err := json.Marshal(storedLetter{l.Reason, l.FirstError, l.LastError, l.Attempts, l.At})
	if err != nil {
		return nil, err
	}
	head = append(head, '\n')
	return append(head, encodeBlock([]mapping.Record{l.Record})...), nil
}

func readLetter(msg *jetstream.RawStreamMsg) (Letter, error) {
	head, block, _ := bytes.Cut(msg.Data, []byte{'\n'})
	var stored storedLetter
	if err := json.Unmarshal(head, &stored); err != nil {
		return Letter{}, fmt.Errorf("read dead letter %d: %w: %w", msg.Sequence, ErrCorrupt, err)
	}
	records, err := decodeBlock(block)
	if err != nil || len(records) != 1 {
		return Letter{}, fmt.Errorf("read dead letter %d: %w", msg.Sequence, errors.Join(ErrCorrupt, err))
	}
	return Letter{
		ID: msg.Sequence, Reason: stored.Reason, FirstError: stored.FirstError, LastError: stored.LastError,
		Attempts: stored.Attempts, At: stored.At, Record: records[0],
	}, nil
}

// TakeLetter deletes a dead letter; ErrNotFound if it is gone. To replay one put
// its record first: if the process ends in between, insert_id tells the two.
func (q *Queue) TakeLetter(ctx context.Context, id uint64) error {
	err := q.dead.DeleteMsg(ctx, id)
	if gone(err) {
		return fmt.Errorf("%w: %d", ErrNotFound, id)
	}
	return classify("delete dead letter", err)
}
