package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// An embedded server stages an atomic batch in files of its own before it writes it
// again to the stream. For the blocks of a large Put that costs more than a sync for
// each, and none is written before the last is made. They go as a chain instead:
// every block is published as soon as it is made, and is refused unless the one
// before was stored, so that the order holds whatever happens. A chain is begun only
// when there is room for all of it, and nothing else is stored meanwhile, so that a
// full queue still refuses a Put as a whole.

// messageOverhead bounds what the server stores of a message beside its data.
const messageOverhead = 512

// writeChain stores blocks as a chain. It reports false, and has done nothing, if
// there may not be room for them.
func (q *Queue) writeChain(shares []share, blocks *blockWriter) (stored bool, err error) {
	q.writing.Lock()
	defer q.writing.Unlock()
	if fits, err := q.fits(shares); !fits || err != nil {
		return false, err
	}
	ctx, cancel := q.whileWritable(q.ctx)
	defer cancel()
	messages := make([]message, len(shares))
	acks := make([]jetstream.PubAckFuture, len(shares))
	for i, s := range shares {
		messages[i] = q.blockMessage(s, blocks)
		var options []jetstream.PublishOpt
		if i > 0 {
			options = append(options, jetstream.WithExpectLastMsgID(messages[i-1].id))
		}
		if acks[i], err = q.js.PublishMsgAsync(messages[i].natsMsg(), options...); err != nil {
			messages, acks = messages[:i+1], acks[:i]
			break
		}
	}
	seqs, waitErr := awaitAcks(ctx, acks)
	err = classify("store", errors.Join(err, waitErr))
	q.noteStored(shares, messages, seqs, err)
	return err == nil, err
}

// fits tells whether there is room for blocks, even if they cannot be compressed.
func (q *Queue) fits(shares []share) (bool, error) {
	info, err := q.main.Info(q.ctx)
	if err != nil {
		return false, classify("ask for room", err)
	}
	need := info.State.Bytes
	for _, s := range shares {
		need += messageOverhead
		for i := range s.records {
			need += uint64(recordSize(&s.records[i])) //nolint:gosec // a length
		}
	}
	return need <= uint64(q.cfg.mainBytes()), nil //nolint:gosec // positive
}

// awaitAcks returns the sequences of the messages that are stored: all of them, or
// those before the first that is not.
func awaitAcks(ctx context.Context, acks []jetstream.PubAckFuture) ([]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, ackAttempts*ackTimeout)
	defer cancel()
	seqs := make([]uint64, 0, len(acks))
	for i, ack := range acks {
		select {
		case a := <-ack.Ok():
			seqs = append(seqs, a.Sequence)
		case err := <-ack.Err():
			return seqs, fmt.Errorf("block %d of %d: %w", i+1, len(acks), err)
		case <-ctx.Done():
			return seqs, fmt.Errorf("block %d of %d: %w", i+1, len(acks), context.Cause(ctx))
		}
	}
	return seqs, nil
}
