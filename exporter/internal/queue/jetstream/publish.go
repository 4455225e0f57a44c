package jetstream

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// Bounds of the attempts to publish: how long to wait for an acknowledgement, how
// often to try, and how long to wait in between.
const (
	ackTimeout  = 10 * time.Second
	ackAttempts = 4
	ackInterval = 500 * time.Millisecond
)

// Bounds of one atomic batch. JetStream takes 1000 messages.
const (
	batchMessages = 1000
	batchBytes    = 32 << 20
)

// message is one to be stored.
type message struct {
	subject string
	id      string // by which JetStream recognizes it when it comes again
	header  nats.Header
	data    []byte
}

// publish stores messages of one stream in order, and returns the sequences of those
// that are stored. As many as an atomic batch can hold are stored in one step. After an
// attempt that was not answered, be it of the caller (again), they are published one by
// one: JetStream answers for a message that it has with its sequence.
func (q *Queue) publish(ctx context.Context, messages []message, again bool) ([]uint64, error) {
	ctx, cancel := q.whileWritable(ctx)
	defer cancel()
	seqs := make([]uint64, 0, len(messages))
	for attempt := 1; len(messages) > 0; {
		n := 1
		if !again {
			n = batchLen(messages)
		}
		last, err := q.publishBatch(ctx, messages[:n])
		if err == nil {
			for i := range n { // a batch is stored without gaps
				seqs = append(seqs, last-uint64(n-1-i)) // not negative
			}
			messages, attempt = messages[n:], 1
			continue
		}
		err = orFailure(ctx, err)
		if !passing(err) || attempt == ackAttempts || ctx.Err() != nil {
			return seqs, classify("store", err)
		}
		q.log.Warn("queue did not acknowledge, will retry", "attempt", attempt, "err", err)
		attempt, again = attempt+1, true
		select {
		case <-time.After(ackInterval):
		case <-ctx.Done():
		}
	}
	return seqs, nil
}

// batchLen returns how many messages are stored together.
func batchLen(messages []message) (n int) {
	for size := 0; n < min(len(messages), batchMessages); n++ {
		if size += len(messages[n].data); n > 0 && size > batchBytes {
			break
		}
	}
	return n
}

// publishBatch stores messages, all of them or none, and returns the sequence of the
// last one. The server syncs its file once for them.
func (q *Queue) publishBatch(ctx context.Context, batch []message) (last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if len(batch) == 1 {
		return q.publishOne(ctx, batch[0].natsMsg())
	}
	id := nuid.Next()
	for i := range batch {
		m := batch[i].natsMsg()
		m.Header.Set("Nats-Batch-Id", id)
		m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
		if i == len(batch)-1 {
			m.Header.Set("Nats-Batch-Commit", "1")
			return q.publishOne(ctx, m)
		}
		if err := q.nc.PublishMsg(m); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// leastOverhead is what the server counts of a message with an id beside its subject, its id
// and its data: the frame of its file and that of the header.
const leastOverhead = 22 + 4 + 8 + len("NATS/1.0\r\n"+jetstream.MsgIDHeader+": \r\n\r\n")

// leastSize is what a message takes up in its stream at least.
func (m *message) leastSize() int64 {
	return int64(leastOverhead + len(m.subject) + len(m.id) + len(m.data))
}

func (m *message) natsMsg() *nats.Msg {
	msg := &nats.Msg{Subject: m.subject, Header: nats.Header{}, Data: m.data}
	maps.Copy(msg.Header, m.header)
	msg.Header.Set(jetstream.MsgIDHeader, m.id)
	return msg
}

// publishOne publishes a message and returns its sequence.
func (q *Queue) publishOne(ctx context.Context, m *nats.Msg) (uint64, error) {
	ack, err := q.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0)) // publish tries again
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// whileWritable returns a context that ends, with the failure as its cause, when the
// embedded server fails: it does not answer what waits for it.
func (q *Queue) whileWritable(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if q.server != nil {
		failed := q.server.Failure()
		go func() {
			select {
			case <-failed:
				cancel(q.server.Err())
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// orFailure returns the failure that ended a context, if an error is due to it.
func orFailure(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrStorage) {
		return cause
	}
	return err
}
