package jetstream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// StealDelivery takes one delivery of a partition away, as a fetch does that ends at the
// moment in which a message arrives. It returns the sequence of the block.
func (q *Queue) StealDelivery(ctx context.Context, partition int) (uint64, error) {
	consumer, err := q.main.Consumer(ctx, q.partitions[partition].name)
	if err != nil {
		return 0, err
	}
	batch, err := consumer.Fetch(1, jetstream.FetchContext(ctx))
	if err != nil {
		return 0, err
	}
	msg, ok := <-batch.Messages()
	if !ok {
		return 0, batch.Error()
	}
	meta, err := msg.Metadata()
	if err != nil {
		return 0, err
	}
	return meta.Sequence.Stream, nil
}

// StoreFront stores the first blocks of a repeated batch as a Store does that gets no
// acknowledgement for any of them.
func (q *Queue) StoreFront(ctx context.Context, b *queue.Batch, blocks int) error {
	a := q.divide([]request{{batch: b}})
	a.unsure, b.Attempt = true, a
	var messages []message
	for i := range a.blocks[:blocks] {
		messages = append(messages, q.blockMessage(&a.blocks[i], new(block.Writer)))
	}
	_, err := q.publish(ctx, messages, false)
	return err
}

// DelayUnheard stores what a Delay does that gets no acknowledgement for it.
func (q *Queue) DelayUnheard(ctx context.Context, delayed []queue.Delayed) error {
	q.delayMu.Lock()
	defer q.delayMu.Unlock()
	q.unsure = q.delayedBlocks(delayed)
	var messages []message
	for i := range q.unsure {
		messages = append(messages, q.unsure[i].message)
	}
	_, err := q.publish(ctx, messages, false)
	return err
}

// Owned is the number of partitions that this process works on.
func (q *Queue) Owned() (n int) {
	for _, p := range q.partitions {
		if p.isOwned() {
			n++
		}
	}
	return n
}

// ClassifyFile names the cause of a write that failed.
var ClassifyFile = classifyFile
