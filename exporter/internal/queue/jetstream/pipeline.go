package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

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

// hasRoom reports whether there is room for blocks, even if they cannot be compressed.
func (q *Queue) hasRoom(blocks []unstored) (bool, error) {
	info, err := q.main.Info(q.ctx)
	if err != nil {
		return false, classify("ask for room", err)
	}
	need := info.State.Bytes
	for _, b := range blocks {
		need += messageOverhead
		for i := range b.records {
			need += uint64(block.Size(&b.records[i])) // a length
		}
	}
	return need <= uint64(q.cfg.mainBytes()), nil // positive
}
