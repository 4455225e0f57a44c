package exporter

import (
	"context"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Bounds of a chunk.
const (
	chunkEvents = 1000
	chunkBytes  = 4 << 20

	// A durable queue stores a group with one fsync.
	durableChunkEvents = 16_000
	durableChunkBytes  = 16 << 20
)

// intake collects what a source yields and is to be stored. Its counts are a
// change to the ledger that is booked when the records are stored, not
// before: a post that is turned away will come again.
type intake struct {
	name    string
	bad     func(error)
	records []mapping.Record
	bytes   int
	counts  ledger.Counts
	ordinal int64  // of the last record, from 1
	safe    func() // called when what is stored next needs not be read again; nil: nobody asks
}

func (x *Exporter) newIntake(name string, bad func(error)) *intake {
	return &intake{name: name, bad: bad, counts: ledger.New()}
}

// take takes in what one step of an iterator yields. An error is the reader's
// own: the input cannot be read on.
func (in *intake) take(record mapping.Record, err error) error {
	var unread *currents.Error
	switch {
	case errors.As(err, &unread):
		n := 1 + max(unread.Lost, 0)
		in.ordinal += n
		in.drop(unread.Reason, n)
		in.bad(unread)
		return nil
	case err != nil:
		return in.turnDown(err)
	}
	in.ordinal++
	in.counts.Read++
	in.counts.Held++
	for _, fault := range record.Faults {
		in.counts.Faults[fault]++
	}
	in.records = append(in.records, record)
	in.bytes += len(record.Wire)
	return nil
}

func (in *intake) turnDown(err error) error {
	var drop *mapping.Drop
	if !errors.As(err, &drop) {
		return err
	}
	in.ordinal++
	in.drop(drop.Reason, 1)
	switch drop.Reason {
	case mapping.UnknownType, mapping.Malformed, mapping.TooLarge:
		in.bad(fmt.Errorf("%s: record %d: %w", in.name, in.ordinal, drop))
	}
	return nil
}

func (in *intake) drop(reason string, n int64) {
	in.counts.Read += n
	in.counts.Dropped[reason] += n
}

// next returns an intake for what follows.
func (in *intake) next() *intake {
	return &intake{
		name: in.name, bad: in.bad, ordinal: in.ordinal, counts: ledger.New(),
		records: make([]mapping.Record, 0, len(in.records)),
	}
}

// full tells whether there is enough for a chunk.
func (in *intake) full(durable bool) bool {
	if durable {
		return len(in.records) >= durableChunkEvents || in.bytes >= durableChunkBytes
	}
	return len(in.records) >= chunkEvents || in.bytes >= chunkBytes
}

// store puts the records into the queue and books the counts. When the queue
// returns an error nothing has changed.
func (x *Exporter) store(ctx context.Context, in *intake) error {
	counts := in.counts
	if x.shared { // events are booked by whoever takes them over
		counts.Read -= counts.Held
		counts.Held = 0
	}
	x.storing.RLock()
	defer x.storing.RUnlock()
	// Booked first, for an event must not settle before it is read.
	x.ledger.Add(counts)
	if err := x.put(ctx, in); err != nil {
		x.ledger.Add(counts.Negated())
		return err
	}
	if x.clerk != nil {
		x.clerk.turnedDown(in.counts)
	}
	in.records, in.bytes, in.counts, in.safe = nil, 0, ledger.New(), nil
	return nil
}

// put stores the records and has in.safe called: at once where stored means that
// they survive the process, else when all of them are settled.
func (x *Exporter) put(ctx context.Context, in *intake) error {
	if len(in.records) > 0 {
		if memory, ok := x.queue.(*queue.Memory); ok {
			return memory.PutThen(ctx, in.records, in.safe)
		}
		// A source that hangs up must not leave it open whether they are stored.
		if err := x.queue.Put(context.WithoutCancel(ctx), in.records); err != nil {
			return err
		}
	}
	if in.safe != nil {
		in.safe()
	}
	return nil
}
