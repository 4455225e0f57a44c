package dispatch

import (
	"container/list"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// inflight is the only owner of the number of events in flight, of their size, and of
// what was settled of each chunk. Invariants:
//
//   - pending of a chunk is the number of its events in the scheduler and among the
//     deferrals. events and bytes are the sums over all chunks.
//   - An event leaves once: by Settle, Move, Nack or Discard.
//   - A chunk that is open becomes finished, nacked or revoked, once. It becomes finished
//     when its last event leaves.
//   - Held of the ledger goes down by one for each event that is settled, and only while
//     its chunk is open. Events of other chunks are settled again where they are received next.
type inflight struct {
	ledger *ledger.Ledger
	finish func(Ack) // called once for each chunk that is finished

	events int
	bytes  int
	open   map[uint64]*chunk
	order  *list.List // of the open chunks, by arrival
	nacked map[delivery.LaneID]nackedTry

	change ledger.Counts // not in the ledger yet
	left   int           // events that left since the last Apply
}

func newInflight(l *ledger.Ledger, finish func(Ack)) *inflight {
	return &inflight{
		ledger: l, finish: finish, open: make(map[uint64]*chunk), order: list.New(), nacked: make(map[delivery.LaneID]nackedTry),
	}
}

// Add registers a chunk and returns its events, all of which are pending. What was
// settled of a redelivered chunk before it was nacked is left out.
func (f *inflight) Add(now time.Time, received *queue.Chunk) []*event {
	c := &chunk{
		id: received.ID, seq: received.Seq, redelivered: received.Redelivered, uncounted: received.Uncounted, receivedAt: now,
	}
	f.open[c.id] = c
	c.place = f.order.PushBack(c)
	if c.uncounted {
		n := int64(len(received.Records))
		f.change.Read += n
		f.change.Held += n
	}
	skip := f.restore(c, received.Records)
	events := make([]*event, 0, len(received.Records))
	var spare []event
	for i := range received.Records {
		r := &received.Records[i]
		if skip[r.InsertID] > 0 {
			skip[r.InsertID]--
			continue
		}
		if len(spare) == 0 {
			spare = make([]event, min(allocBatch, len(received.Records)-i))
		}
		e := &spare[0]
		spare = spare[1:]
		*e = event{chunk: c, record: r, size: len(r.Wire)}
		f.bytes += e.size
		events = append(events, e)
	}
	c.pending = len(events)
	f.events += len(events)
	f.finishIfDone(c)
	return events
}

// Settle ends an event.
func (f *inflight) Settle(e *event, o outcome) {
	c := e.chunk
	accepted := o.counts.Dropped == nil && o.counts.DeadLettered == nil && o.counts.NotIngested == 0
	if accepted {
		c.outcome.Accepted++
	} else {
		c.outcome.Add(o.counts)
	}
	if o.deadLetter != nil {
		c.deadLetters = append(c.deadLetters, *o.deadLetter)
	}
	if c.redelivered {
		c.settled = append(c.settled, e.record.InsertID)
	}
	if c.state == chunkOpen {
		f.change.Held--
		if accepted {
			f.change.Accepted++
		} else {
			f.change.Add(o.counts)
		}
	}
	f.leave(e)
}

// Move takes an event out of its chunk that is delayed in the queue now. It is still
// held, by the queue.
func (f *inflight) Move(e *event) {
	if e.chunk.uncounted && e.chunk.state == chunkOpen {
		f.change.Read-- // it is counted where it is received next
		f.change.Held--
	}
	f.leave(e)
}

// Nack ends the redelivered chunks of events, and returns their ids. The events are all
// that is pending of them.
func (f *inflight) Nack(events []*event) (chunks []uint64) {
	for _, e := range events {
		c := e.chunk
		if c.state == chunkOpen {
			f.uncount(c)
			f.close(c, chunkNacked)
			f.nacked[laneOf(e.record)] = nackedTry{c.outcome, c.deadLetters, c.settled}
			chunks = append(chunks, c.id)
		}
		f.leave(e)
	}
	return chunks
}

// Revoke ends chunks that the queue took back, and returns those that were in flight,
// and the ids of the others. Their events are to be discarded.
func (f *inflight) Revoke(ids []uint64) (revoked []*chunk, unknown []uint64) {
	for _, id := range ids {
		c := f.open[id]
		if c == nil {
			unknown = append(unknown, id)
			continue
		}
		f.uncount(c)
		f.close(c, chunkRevoked)
		revoked = append(revoked, c)
	}
	clear(f.nacked) // at worst events are sent again
	return revoked, unknown
}

// Discard forgets an event of a chunk that was revoked.
func (f *inflight) Discard(e *event) { f.leave(e) }

// Apply adds what has changed to the ledger, and reports whether events have left.
func (f *inflight) Apply() bool {
	f.ledger.Add(f.change)
	f.change = ledger.Counts{}
	left := f.left > 0
	f.left = 0
	return left
}

// Oldest returns when the oldest open chunk was received; false: there is none.
func (f *inflight) Oldest() (time.Time, bool) {
	first := f.order.Front()
	if first == nil {
		return time.Time{}, false
	}
	return first.Value.(*chunk).receivedAt, true
}

func (f *inflight) leave(e *event) {
	c := e.chunk
	c.pending--
	f.events--
	f.bytes -= e.size
	f.left++
	e.free()
	f.finishIfDone(c)
}

func (f *inflight) finishIfDone(c *chunk) {
	if c.pending > 0 || c.state != chunkOpen {
		return
	}
	f.close(c, chunkFinished)
	f.finish(Ack{Chunk: c.id, Outcome: c.outcome, DeadLetters: c.deadLetters})
}

func (f *inflight) close(c *chunk, state chunkState) {
	c.state = state
	delete(f.open, c.id)
	f.order.Remove(c.place)
}

// uncount takes an open chunk out of the ledger of a process that shares the queue.
func (f *inflight) uncount(c *chunk) {
	if !c.uncounted {
		return
	}
	counted := ledger.New()
	counted.Add(c.outcome)
	counted.Read, counted.Held = c.outcome.Settled()+int64(c.pending), int64(c.pending)
	f.change.Add(counted.Negated())
}
