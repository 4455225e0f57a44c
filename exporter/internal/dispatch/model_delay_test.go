package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

func (q *modelQueue) isDue(d *modelDelayed) bool {
	return !d.done && q.owns(partitionOf(&d.records[0])) && !q.isOut(d.lane) && !q.until[d.lane].After(q.now())
}

// redeliver makes a chunk of up to two blocks of a lane, from the one at i.
func (q *modelQueue) redeliver(i int) queue.Chunk {
	lane := q.delayed[i].lane
	o, c := &modelOut{}, queue.Chunk{Redelivered: true, Uncounted: q.shared}
	for ; i < len(q.delayed) && len(o.delayed) < 2; i++ {
		if d := q.delayed[i]; d.lane == lane && !d.done {
			d.out = true
			o.delayed = append(o.delayed, d)
			c.Records = append(c.Records, d.records...)
			c.Seq = uint64(i + 1)
		}
	}
	c.ID = q.nextID(o)
	q.transit = lane
	return c
}

func (q *modelQueue) isOut(lane string) bool {
	return slices.ContainsFunc(q.delayed, func(d *modelDelayed) bool { return d.lane == lane && d.out })
}

func (q *modelQueue) IsDelayed(r *mapping.Record) bool {
	lane := laneOf(r).ID
	return lane == q.transit ||
		slices.ContainsFunc(q.delayed, func(d *modelDelayed) bool { return d.lane == lane && !d.done && !d.out })
}

// Delay may fail after it has stored everything. That is found out after a crash, or when
// the call is repeated, which stores nothing twice.
func (q *modelQueue) Delay(_ context.Context, delayed []queue.Delayed) error {
	store := func(partition int) {
		for _, d := range delayed {
			for len(d.Records) > 0 {
				lane, n := laneOf(&d.Records[0]).ID, 1
				for n < len(d.Records) && n < 3 && laneOf(&d.Records[n]).ID == lane {
					n++
				}
				if partitionOf(&d.Records[0]) == partition && q.owns(partition) {
					q.move(lane, d.Until, d.Records[:n])
				}
				d.Records = d.Records[n:]
			}
		}
	}
	attempt := &modelDelay{ids: delayedIDs(delayed), store: store}
	switch {
	case q.unheard == nil:
	case slices.Equal(q.unheard.ids, attempt.ids):
		attempt = q.unheard
	case !q.shared:
		q.t.fatalf("Delay of %v was not repeated after it had failed: %v", q.unheard.ids, attempt.ids)
	}
	q.unheard = nil // in a shared queue, events that were revoked are missing in the repetition
	switch {
	case attempt.stored:
		// It is on the disk since the call before.
	case q.fails("delay"):
		return errModel
	}
	if attempt.stored = true; q.fails("answer to delay") {
		q.unheard = attempt
		return errModel
	}
	for i := range q.partitions {
		attempt.store(i)
	}
	return nil
}

// modelDelay is a Delay that was stored and not acknowledged.
type modelDelay struct {
	ids    []string
	store  func(partition int)
	stored bool
}

func delayedIDs(delayed []queue.Delayed) (ids []string) {
	for _, d := range delayed {
		for i := range d.Records {
			ids = append(ids, d.Records[i].InsertID)
		}
	}
	return ids
}

// move stores events of a lane among the delayed ones, and takes them out of the blocks
// that they were received with. An event of a chunk that was taken back stays in its block:
// it is received twice.
func (q *modelQueue) move(lane string, until time.Time, records []mapping.Record) {
	for _, r := range records {
		if b := q.blockOf(r.InsertID); b != nil {
			b.moved[r.InsertID] = true
		} else {
			q.onCopy(r.InsertID)
		}
	}
	q.delayed = append(q.delayed, &modelDelayed{lane: lane, records: records})
	if until.After(q.until[lane]) {
		q.until[lane] = until
	}
}

// blockOf returns the block that is out with an event; nil: none is.
func (q *modelQueue) blockOf(id string) *modelBlock {
	for _, o := range q.out {
		if b := o.block; b != nil && !b.moved[id] && slices.ContainsFunc(b.records, func(r mapping.Record) bool { return r.InsertID == id }) {
			return b
		}
	}
	return nil
}

func (q *modelQueue) NackUntil(id uint64, until time.Time) {
	o := q.out[id]
	if o == nil || o.block != nil {
		return
	}
	delete(q.out, id)
	for _, d := range o.delayed {
		d.out = false
		q.until[d.lane] = until
	}
}
