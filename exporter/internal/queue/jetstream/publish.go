package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bounds of the attempts to publish: how long to wait for an acknowledgement, how
// often to try, and how long to wait in between.
const (
	ackTimeout  = 10 * time.Second
	ackAttempts = 4
	ackPause    = 500 * time.Millisecond
)

// publish stores messages of one stream in order, and returns the sequences of
// those that are stored. A message that is published again carries the same id,
// so that JetStream stores it once.
func (q *Queue) publish(ctx context.Context, messages []message) ([]uint64, error) {
	seqs := make([]uint64, 0, len(messages))
	for batch := range batches(messages) {
		last, err := q.publishBatch(ctx, batch)
		if err != nil {
			return seqs, classify("store", err)
		}
		// A batch is stored without gaps.
		for i := range batch {
			seqs = append(seqs, last-uint64(len(batch)-1-i)) //nolint:gosec // not negative
		}
	}
	return seqs, nil
}

// errWrite tells that the embedded server could not write. It does not say so to
// whoever waits, and refuses all that follows.
var errWrite = fmt.Errorf("%w: a write failed, see the log; make room and start again", ErrStorage)

// publishWatched is publishOnce while the embedded server can write.
func (q *Queue) publishWatched(ctx context.Context, batch []message) (last uint64, err error) {
	ctx, cancel := q.whileWritable(ctx)
	defer cancel()
	last, err = q.publishOnce(ctx, batch)
	if err != nil && errors.Is(context.Cause(ctx), errWrite) {
		return 0, errWrite
	}
	return last, err
}

// whileWritable returns a context that ends, with errWrite as its cause, when the
// embedded server fails.
func (q *Queue) whileWritable(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if q.server != nil {
		failed := q.server.log.failed
		go func() {
			select {
			case <-failed:
				cancel(errWrite)
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// publishBatch stores a batch and returns the sequence of its last message.
func (q *Queue) publishBatch(ctx context.Context, batch []message) (last uint64, err error) {
	for attempt := 1; ; attempt++ {
		last, err := q.publishWatched(ctx, batch)
		if err == nil || !passing(err) || attempt == ackAttempts || ctx.Err() != nil {
			return last, err
		}
		q.log.Warn("queue did not acknowledge, will retry", "attempt", attempt, "err", err)
		select {
		case <-time.After(ackPause):
		case <-ctx.Done():
			return 0, err
		}
	}
}
