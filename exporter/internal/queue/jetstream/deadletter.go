package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/deadletter"
)

// AddDeadLetters stores dead letters in their order and returns how many. When there is room for
// some only, the error is queue.ErrFull.
func (q *Queue) AddDeadLetters(ctx context.Context, letters []queue.DeadLetter) (stored int, err error) {
	messages := make([]message, len(letters))
	for i := range letters {
		data, err := deadletter.Encode(&letters[i])
		if err != nil {
			return 0, err
		}
		messages[i] = message{subject: q.subject("dead"), id: nuid.Next(), data: data}
	}
	seqs, err := q.publish(ctx, messages, false)
	q.progress.countLetters(seqs)
	stored = len(seqs)
	// A batch is stored as a whole or not at all: what there is room for is found out
	// one by one.
	for errors.Is(err, queue.ErrFull) && stored < len(messages) {
		seqs, one := q.publish(ctx, messages[stored:stored+1], false)
		if one != nil {
			return stored, one
		}
		q.progress.countLetters(seqs)
		if stored++; stored == len(messages) {
			err = nil
		}
	}
	return stored, err
}

// deadLetterBlock makes a dead letter of a stored block that cannot be read, or forgets it if
// there is no room for one: it must not stand in the way of the others.
func (q *Queue) deadLetterBlock(ctx context.Context, stored []byte, seq uint64, cause error) error {
	q.log.Error("stored block cannot be read: it is kept among the dead letters", "sequence", seq, "err", cause)
	_, err := q.AddDeadLetters(ctx, []queue.DeadLetter{{
		Reason: deadletter.ReasonCorrupt, FirstError: cause.Error(), LastError: cause.Error(), At: q.cfg.Clock.Now(),
		Record: mapping.Record{Wire: stored},
	}})
	if errors.Is(err, queue.ErrFull) {
		q.log.Error("block that cannot be read is dropped: there is no room among the dead letters", "sequence", seq)
		err = nil
	}
	if err == nil {
		q.corrupt.Add(1)
	}
	return err
}

// ListDeadLetters returns up to n dead letters with ids above after, oldest first.
func (q *Queue) ListDeadLetters(ctx context.Context, after uint64, n int) ([]queue.DeadLetter, error) {
	var letters []queue.DeadLetter
	for len(letters) < n {
		msg, err := q.dead.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(q.subject("dead")))
		if isGone(err) {
			break
		}
		if err != nil {
			return letters, classify("read dead letters", err)
		}
		letter, err := deadletter.Decode(msg.Sequence, msg.Data)
		if err != nil {
			return letters, err
		}
		letters = append(letters, letter)
		after = msg.Sequence
	}
	return letters, nil
}

// DeadLetter returns one dead letter, or ErrNotFound.
func (q *Queue) DeadLetter(ctx context.Context, id uint64) (queue.DeadLetter, error) {
	msg, err := q.dead.GetMsg(ctx, id)
	if isGone(err) {
		return queue.DeadLetter{}, fmt.Errorf("%w: %d", ErrNotFound, id)
	}
	if err != nil {
		return queue.DeadLetter{}, classify("read dead letter", err)
	}
	return deadletter.Decode(msg.Sequence, msg.Data)
}

// DeleteDeadLetter deletes a dead letter; ErrNotFound if it is gone. To replay one
// store its record first: if the process ends in between, Amplitude drops the second by
// its insert_id.
func (q *Queue) DeleteDeadLetter(ctx context.Context, id uint64) error {
	err := q.dead.DeleteMsg(ctx, id)
	if isGone(err) {
		return fmt.Errorf("%w: %d", ErrNotFound, id)
	}
	return classify("delete dead letter", err)
}

// PurgeDeadLetters deletes all dead letters, and returns how many there were.
func (q *Queue) PurgeDeadLetters(ctx context.Context) (uint64, error) {
	info, err := q.dead.Info(ctx)
	if err != nil {
		return 0, classify("ask for dead letters", err)
	}
	// A letter that a running exporter adds meanwhile was not counted, and stays.
	err = q.dead.Purge(ctx, jetstream.WithPurgeSequence(info.State.LastSeq+1))
	return info.State.Msgs, classify("delete dead letters", err)
}
