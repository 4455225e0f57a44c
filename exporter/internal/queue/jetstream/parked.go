package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Headers of a parked block: the hash of its lane, and when it wakes in
// milliseconds since the epoch.
const (
	laneHeader  = "Ammeter-Lane"
	untilHeader = "Ammeter-Until"
	// fromHeader are the blocks of the main stream that records were parked out
	// of, by their sequences.
	fromHeader = "Ammeter-From"
)

// parkedRecords bounds a parked block, and is the number of records from which on
// a chunk of them is large enough: ten seconds' worth of one device.
const parkedRecords = 300

// wakeLanes is the number of lanes of which parked chunks can be handed out and
// not done at the same time. Together they leave room in the exporter's memory.
const wakeLanes = 128

// wakeBlocks is how many blocks of a lane are handed out as one chunk at most.
const wakeBlocks = 100

// Parked tells whether events of the lane of a record are parked that were not
// handed out again. Then the record must be parked as well, or it would overtake
// them.
func (q *Queue) Parked(r *mapping.Record) bool { return q.parking.holds(laneOf(r)) }

// Stay are records that have to wait.
type Stay struct {
	// Until is when they are to be handed out again; zero: with what is parked of
	// their lanes already.
	Until   time.Time
	Records []mapping.Record
}

// Park takes records out of their chunks, and returns when they are stored; the
// chunks they are of can be done then. They are handed out again after their time,
// in order, as chunks of their lane: one at a time, the next when the one before is
// done. Records parked later go behind, whatever their time, and the latest counts
// for the lane. A thousand records or fewer, of up to 32 MB when compressed, are stored
// all or not at all.
//
// Records of partitions that were taken back are left to the new owner.
//
// chunks are the ids of the chunks the records are of. If the process ends before
// those are done they are handed out again without the records.
func (q *Queue) Park(ctx context.Context, stays []Stay, chunks ...uint64) error {
	from := q.sequences(chunks)
	var messages []message
	var owners []lane
	var untils []time.Time
	for _, stay := range stays {
		lanes, order := q.byLane(stay.Records)
		for _, l := range order {
			for share := lanes[l]; len(share) > 0; {
				n := min(blockPrefix(share), parkedRecords)
				messages = append(messages, q.parkedMessage(l, stay.Until, from, share[:n]))
				owners, untils = append(owners, l), append(untils, stay.Until)
				share = share[n:]
			}
		}
	}
	seqs, err := q.publish(ctx, messages)
	q.progress.countParked(seqs)
	for i, seq := range seqs {
		q.parking.add(q.shareOf(owners[i]), owners[i], untils[i], seq)
	}
	if err != nil {
		return err
	}
	return q.keepShares(ctx, owners)
}

// byLane sorts records of owned partitions by their lanes, which it also returns
// in order of appearance.
func (q *Queue) byLane(records []mapping.Record) (lanes map[lane][]mapping.Record, order []lane) {
	lanes = make(map[lane][]mapping.Record)
	for i := range records {
		l := laneOf(&records[i])
		if !q.shareOf(l).isOwned() {
			continue
		}
		if lanes[l] == nil {
			order = append(order, l)
		}
		lanes[l] = append(lanes[l], records[i])
	}
	return lanes, order
}

func (q *Queue) shareOf(l lane) *partition { return q.shares[l.partition(q.cfg.Partitions)] }

func (q *Queue) parkedMessage(l lane, until time.Time, from string, records []mapping.Record) message {
	return message{
		subject: q.subject(fmt.Sprintf("parked.%02d", l.partition(q.cfg.Partitions))),
		id:      nuid.Next(),
		header: nats.Header{
			laneHeader:  {strconv.FormatUint(uint64(l), 16)},
			untilHeader: {strconv.FormatInt(until.UnixMilli(), 10)},
			fromHeader:  {from},
		},
		data: encodeBlock(records),
	}
}

// Return gives a chunk of parked records back whole: it is handed out again after
// until, before anything of its lane that was parked later. For another chunk it
// does nothing.
func (q *Queue) Return(id uint64, until time.Time) {
	q.mu.Lock()
	h := q.out[id]
	if h != nil && h.seq == 0 {
		delete(q.out, id)
	}
	q.mu.Unlock()
	if h != nil && h.seq == 0 {
		q.parking.restore(h.parked, until)
	}
}

// doneParked deletes a parked chunk. Should it fail, the chunk comes again after
// the next start.
func (q *Queue) doneParked(ctx context.Context, c parkedChunk) error {
	var errs []error
	for _, seq := range c.seqs {
		if err := q.parked.DeleteMsg(ctx, seq); err != nil && !gone(err) {
			errs = append(errs, classify("delete parked block", err))
			continue
		}
		q.progress.parkedGone(seq)
	}
	q.parking.settle(c)
	return errors.Join(errs...)
}

// wake hands out what is due, one chunk after another.
func (q *Queue) wake() {
	for q.ctx.Err() == nil {
		q.dropKeepers()
		front, at, ok := q.parking.due(q.cfg.Now(), wakeBlocks)
		if !ok {
			q.awaitDue(at)
			continue
		}
		if err := q.readParked(&front); err != nil {
			q.log.Error("parked events cannot be read, will retry", "err", err)
			q.parking.restore(front, q.cfg.Now().Add(parkedRetry))
			continue
		}
		select {
		case q.fetched <- fetched{partition: front.from.partition, parked: front}:
		case <-q.ctx.Done():
		}
	}
}

// parkedRetry is when to read again what could not be read.
const parkedRetry = 10 * time.Second

// awaitDue waits for a time, zero being for ever, or for a change.
func (q *Queue) awaitDue(at time.Time) {
	var ring <-chan time.Time
	if !at.IsZero() {
		// Not longer than a minute, should the clock be set.
		ring = time.After(min(max(at.Sub(q.cfg.Now()), 0), time.Minute))
	}
	select {
	case <-ring:
	case <-q.parking.changed:
	case <-q.ctx.Done():
	}
}

// readParked reads the blocks of a chunk, as many as make a chunk of usual size.
func (q *Queue) readParked(c *parkedChunk) error {
	for i, seq := range c.seqs {
		if len(c.records) >= parkedRecords {
			q.parking.shorten(*c, i)
			c.seqs = c.seqs[:i]
			return nil
		}
		msg, err := q.parked.GetMsg(q.ctx, seq)
		if gone(err) {
			continue // deleted, and the answer was lost
		}
		if err != nil {
			return classify("read parked block", err)
		}
		records, err := decodeBlock(msg.Data)
		if err != nil {
			if err := q.buryBlock(q.ctx, msg.Data, seq, err); err != nil {
				return err
			}
			continue
		}
		c.records = append(c.records, records...)
	}
	return nil
}
