package jetstream

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/delay"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// blockSeq is the sequence of a block in the delayed stream.
type blockSeq uint64

// Seq returns the sequence.
func (s blockSeq) Seq() uint64 { return uint64(s) }

type (
	delayIndex   = delay.Index[lane, blockSeq]
	delayedFront = delay.Front[lane, blockSeq]
)

// delayedHeader is the one header of a delayed block beside its id: the server keeps the
// headers of what was stored lately in memory, for each block.
const delayedHeader = "Ammeter-Delay"

// delayedHead is what is needed of a delayed block to index it.
type delayedHead struct {
	lane         lane
	until, since int64    // milliseconds since the epoch; since is when it was delayed, by the same clock
	origin       seqRange // see originOf
}

const delayedFormat = "%x %d %d %d-%d"

func (d delayedHead) String() string {
	return fmt.Sprintf(delayedFormat, uint64(d.lane), d.until, d.since, d.origin[0], d.origin[1])
}

func parseDelayedHead(text string) (d delayedHead, err error) {
	_, err = fmt.Sscanf(text, delayedFormat, (*uint64)(&d.lane), &d.until, &d.since, &d.origin[0], &d.origin[1])
	return d, err
}

// delayedBlock is one to be stored in the delayed stream: events of one lane.
type delayedBlock struct {
	lane    lane
	until   time.Time
	message message
}

// Delay stores events in the delayed stream. Those of partitions that were revoked are
// left to the new owner.
//
// After an error it is not known whether they are stored. They are not received before a
// call with the same events has succeeded. Blocks of the call before have the same ids, so
// none is stored twice, though others may be missing because they were revoked.
func (q *Queue) Delay(ctx context.Context, delayed []queue.Delayed) error {
	q.delayMu.Lock()
	defer q.delayMu.Unlock()
	blocks := q.delayedBlocks(delayed)
	again := q.reuseIDs(blocks)
	messages := make([]message, len(blocks))
	for i := range blocks {
		messages[i] = blocks[i].message
	}
	seqs, err := q.publish(ctx, messages, again)
	q.progress.countDelayed(seqs)
	if err != nil {
		q.unsure = blocks
		return err
	}
	q.unsure = nil
	for i, seq := range seqs {
		q.delayed.Add(blocks[i].lane, q.cfg.Clock.Now(), blocks[i].until, blockSeq(seq))
	}
	return nil
}

// reuseIDs gives blocks of the last call, if that failed, the ids that they had then, and
// reports whether there are any.
func (q *Queue) reuseIDs(blocks []delayedBlock) (found bool) {
	left := slices.Clone(q.unsure)
	for i := range blocks {
		if j := slices.IndexFunc(left, blocks[i].holdsSame); j >= 0 {
			found, blocks[i].message.id = true, left[j].message.id
			left = slices.Delete(left, j, j+1)
		}
	}
	return found
}

// holdsSame reports whether two blocks hold the same records for the same time.
func (b delayedBlock) holdsSame(o delayedBlock) bool {
	return b.lane == o.lane && b.until.Equal(o.until) && bytes.Equal(b.message.data, o.message.data)
}

// delayedBlocks returns the blocks that events are stored in.
func (q *Queue) delayedBlocks(delayed []queue.Delayed) (blocks []delayedBlock) {
	for _, d := range delayed {
		from := q.originOf(d.Chunks)
		lanes, order := q.byLane(d.Records)
		for _, l := range order {
			for records := lanes[l]; len(records) > 0; {
				n := min(block.Prefix(records), queue.RedeliverEvents)
				blocks = append(blocks, delayedBlock{l, d.Until, q.delayedMessage(l, d.Until, from, records[:n])})
				records = records[n:]
			}
		}
	}
	return blocks
}

// byLane sorts records of owned partitions by their lanes, which it also returns
// in order of appearance.
func (q *Queue) byLane(records []mapping.Record) (lanes map[lane][]mapping.Record, order []lane) {
	lanes = make(map[lane][]mapping.Record)
	for i := range records {
		l := laneOf(&records[i])
		if !q.partitionOf(l).isOwned() {
			continue
		}
		if lanes[l] == nil {
			order = append(order, l)
		}
		lanes[l] = append(lanes[l], records[i])
	}
	return lanes, order
}

func (q *Queue) partitionOf(l lane) *partition { return q.partitions[l.partition(q.cfg.Partitions)] }

func (q *Queue) delayedMessage(l lane, until time.Time, from seqRange, records []mapping.Record) message {
	return message{
		subject: q.subject(fmt.Sprintf("delayed.%02d", l.partition(q.cfg.Partitions))),
		id:      nuid.Next(),
		header:  nats.Header{delayedHeader: {delayedHead{l, until.UnixMilli(), q.cfg.Clock.Now().UnixMilli(), from}.String()}},
		data:    block.Encode(records),
	}
}

// IsDelayed reports whether events of the lane of a record are delayed that were not
// received again.
func (q *Queue) IsDelayed(r *mapping.Record) bool { return q.delayed.Holds(laneOf(r)) }

// NackUntil returns a redelivered chunk as a whole. For another chunk it does nothing.
func (q *Queue) NackUntil(id uint64, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c := q.out[id]; c != nil && c.seq == 0 {
		delete(q.out, id)
		q.delayed.Return(c.front, q.cfg.Clock.Now(), until)
	}
}
