package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// message is one to be stored.
type message struct {
	subject string
	id      string // by which JetStream knows it when it comes again
	header  nats.Header
	data    []byte
}

// Bounds of one atomic batch. JetStream takes 1000 messages.
const (
	batchMessages = 1000
	batchBytes    = 32 << 20
)

// batches divides messages into those that are stored together.
func batches(messages []message) iter.Seq[[]message] {
	return func(yield func([]message) bool) {
		for len(messages) > 0 {
			n, size := 0, 0
			for n < min(len(messages), batchMessages) && (n == 0 || size+len(messages[n].data) <= batchBytes) {
				size += len(messages[n].data)
				n++
			}
			if !yield(messages[:n]) {
				return
			}
			messages = messages[n:]
		}
	}
}

// publishOnce stores messages of one stream, all of them or none. Several are
// sent as an atomic batch, for which the server syncs its file once.
func (q *Queue) publishOnce(ctx context.Context, batch []message) (last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if len(batch) == 1 {
		return q.request(ctx, batch[0].natsMsg())
	}
	id := nuid.Next()
	for i := range batch {
		m := batch[i].natsMsg()
		m.Header.Set("Nats-Batch-Id", id)
		m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
		if i < len(batch)-1 {
			if err := q.nc.PublishMsg(m); err != nil {
				return 0, err
			}
			continue
		}
		m.Header.Set("Nats-Batch-Commit", "1")
		last, err = q.request(ctx, m)
	}
	if errors.Is(err, errDuplicate) {
		// A batch is stored as a whole: if one of its messages is there already,
		// an earlier attempt was stored and its answer was lost.
		return q.sequenceOf(ctx, batch)
	}
	return last, err
}

// errDuplicate tells that a message of a batch is stored already.
var errDuplicate = errors.New("stored already")

// sequenceOf asks for the sequence of the last message of a stored batch, which
// by itself is answered with the sequence it has.
func (q *Queue) sequenceOf(ctx context.Context, batch []message) (uint64, error) {
	return q.request(ctx, batch[len(batch)-1].natsMsg())
}

func (m *message) natsMsg() *nats.Msg {
	msg := &nats.Msg{Subject: m.subject, Header: nats.Header{}, Data: m.data}
	maps.Copy(msg.Header, m.header)
	msg.Header.Set(jetstream.MsgIDHeader, m.id)
	return msg
}

// request sends the message that JetStream answers, and returns the sequence.
func (q *Queue) request(ctx context.Context, m *nats.Msg) (uint64, error) {
	answer, err := q.nc.RequestMsgWithContext(ctx, m)
	if err != nil {
		return 0, err
	}
	var ack struct {
		Error    *jetstream.APIError `json:"error"`
		Sequence uint64              `json:"seq"`
	}
	switch err := json.Unmarshal(answer.Data, &ack); {
	case err != nil:
		return 0, fmt.Errorf("read acknowledgement: %w", err)
	case ack.Error != nil && ack.Error.ErrorCode == codeBatchDuplicate:
		return 0, errDuplicate
	case ack.Error != nil:
		return 0, ack.Error
	case ack.Sequence == 0:
		return 0, errors.New("acknowledgement without a sequence")
	}
	return ack.Sequence, nil
}
