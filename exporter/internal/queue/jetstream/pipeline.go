package jetstream

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// messageOverhead bounds what the server stores of a message beside its data.
const messageOverhead = 512

// storePipelined publishes a block as soon as it is encoded. JetStream refuses it unless
// the one before was stored, so that the order holds whatever happens.
func (q *Queue) storePipelined(blocks []unstored, w *block.Writer) (stored int, err error) {
	ctx, cancel := q.whileWritable(q.ctx)
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(ctx, ackAttempts*ackTimeout)
	defer cancelTimeout()
	var acks []jetstream.PubAckFuture
	var options []jetstream.PublishOpt
	for i := range blocks {
		m := q.blockMessage(&blocks[i], w)
		ack, publishErr := q.js.PublishMsgAsync(m.natsMsg(), options...)
		if publishErr != nil {
			err = publishErr
			break
		}
		acks = append(acks, ack)
		options = []jetstream.PublishOpt{jetstream.WithExpectLastMsgID(m.id)}
	}
	for i, ack := range acks {
		select {
		case a := <-ack.Ok():
			q.onStored([]uint64{a.Sequence}, blocks[i:])
			continue
		case err = <-ack.Err():
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		return i, classify(fmt.Sprintf("store block %d of %d", i+1, len(blocks)), err)
	}
	return len(acks), classify("store", err)
}

// hasRoom reports whether there is room for blocks, even if they cannot be compressed. If
// not, it encodes them, once for all attempts, and returns an error if they do not fit.
func (q *Queue) hasRoom(blocks []unstored, w *block.Writer) (bool, error) {
	info, err := q.main.Info(q.ctx)
	if err != nil {
		return false, classify("ask for room", err)
	}
	room := q.cfg.mainBytes() - int64(info.State.Bytes) // far below
	if sizeBound(blocks) <= room {
		return true, nil
	}
	size := int64(0)
	for i := range blocks {
		b := &blocks[i]
		if b.data == nil {
			b.data = bytes.Clone(w.Encode(b.records))
			w.Reset()
		}
		m := q.blockMessage(b, w)
		size += m.leastSize()
	}
	if size > room {
		return false, q.full(size)
	}
	return sizeBound(blocks) <= room, nil
}

// sizeBound is what blocks take up at most.
func sizeBound(blocks []unstored) (bytes int64) {
	for _, b := range blocks {
		bytes += messageOverhead + int64(len(b.data))
		if b.data != nil {
			continue
		}
		for i := range b.records {
			bytes += int64(block.Size(&b.records[i]))
		}
	}
	return bytes
}

// full returns the error for blocks of a size that do not fit. What an empty queue has no
// room for never fits.
func (q *Queue) full(size int64) error {
	if size > q.cfg.mainBytes() {
		return ErrNeverFits
	}
	return queue.ErrFull
}
