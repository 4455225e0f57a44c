package exporter

import (
	"context"
	"errors"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/ratelog"
	"github.com/ammeter/ammeter/exporter/internal/source"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// chunkSize is the size from which on a batch is stored.
type chunkSize struct{ events, bytes int }

var (
	memoryChunk = chunkSize{1000, 4 << 20}
	// A durable queue stores a group in blocks of up to 1000 events, with one fsync each.
	durableChunk = chunkSize{8_000, 8 << 20}
)

// batch collects records of a source until they are stored. Its counts are added to the
// ledger when the records are stored, not before: a post that is refused comes again.
type batch struct {
	name    string
	bad     func(record int64, err error) // called for each bad record; placed makes its text
	types   *typeNames
	rateLog *ratelog.Logger
	records []mapping.Record
	stored  *queue.Batch // of records, once they were to be stored; nil: not yet
	// repeated says that the batch is stored again after an error.
	repeated bool
	bytes    int
	counts   ledger.Counts
	recordNo int64  // of the last record, from 1
	onSafe   func() // called once the source need not keep the records; may be nil
}

func (x *Exporter) newBatch(name string, bad func(record int64, err error)) *batch {
	return &batch{name: name, bad: bad, types: &x.types, rateLog: x.rateLog, counts: ledger.New()}
}

// take adds what one step of an iterator yields. An error is the reader's
// own: the input cannot be read on.
func (in *batch) take(record mapping.Record, err error) error {
	if err != nil {
		return in.takeError(err)
	}
	in.recordNo++
	in.counts.Read++
	in.counts.Held++
	in.records = append(in.records, record)
	in.bytes += len(record.Wire)
	if record.IsUnmapped() { // counted by type when it ends
		in.bad(in.recordNo, &mapping.Drop{Reason: mapping.UnknownType, Type: record.Type, Kept: true})
		return nil
	}
	for _, fault := range record.Faults {
		in.counts.Faults[fault]++
		in.rateLog.Warn("fault "+fault, "event is sent with a fault",
			"fault", fault, "input", in.name, "record", in.recordNo, "type", record.Type)
	}
	return nil
}

// takeError counts the records that an error is about, and returns nil. It returns an error
// that is about none. A post can hold ten million records that cannot be read: errors.AsType
// is several times cheaper than errors.As.
func (in *batch) takeError(err error) error {
	if unread, ok := errors.AsType[*currents.Error](err); ok {
		in.addUnread(unread)
		return nil
	}
	if drop, ok := errors.AsType[*mapping.Drop](err); ok {
		in.addDrop(drop)
		return nil
	}
	if _, ok := errors.AsType[*source.NothingReadError](err); ok {
		in.counts = ledger.New() // the input will be read again
	}
	return err
}

func (in *batch) addUnread(unread *currents.Error) {
	n, known := unread.Records()
	first := in.recordNo + 1 // of those that are lost together
	in.recordNo += n
	if n > 0 {
		in.drop(unread.Reason, n)
	}
	if !known {
		in.counts.UncountedLosses++
	}
	if unread.Reason == currents.UnknownType {
		in.countType(&in.counts.Unknown, "", n)
	}
	in.bad(first, unread)
}

func (in *batch) addDrop(drop *mapping.Drop) {
	in.recordNo++
	in.drop(drop.Reason, 1)
	switch drop.Reason {
	case mapping.UnknownType:
		in.countType(&in.counts.Unknown, drop.Type, 1)
	case mapping.NotExported:
		in.countType(&in.counts.NotExported, drop.Type, 1)
	}
	switch drop.Reason {
	case mapping.UnknownType, mapping.Malformed, mapping.TooLarge:
		in.bad(in.recordNo, drop)
	}
}

func (in *batch) drop(reason string, n int64) {
	in.counts.Read += n
	in.counts.Dropped[reason] += n
}

func (in *batch) countType(column *map[string]int64, typ string, n int64) {
	if *column == nil {
		*column = make(map[string]int64)
	}
	(*column)[in.types.name(typ)] += n
}

// next returns a batch for what follows.
func (in *batch) next() *batch {
	return &batch{
		name: in.name, bad: in.bad, types: in.types, rateLog: in.rateLog, recordNo: in.recordNo, counts: ledger.New(),
		records: make([]mapping.Record, 0, len(in.records)),
	}
}

// isFull reports whether there is enough for a chunk.
func (in *batch) isFull(size chunkSize) bool {
	return len(in.records) >= size.events || in.bytes >= size.bytes
}

// store stores the records and adds the counts to the ledger. After an error it may be
// called again with the same batch. A durable queue then stores only what it does not
// have, but what it has is read and held, whether it is called again or not.
func (x *Exporter) store(ctx context.Context, in *batch) error {
	if !x.taking.enter() {
		return errDraining
	}
	defer x.taking.leave()
	if in.stored == nil {
		in.stored = &queue.Batch{Records: in.records, OnSafe: in.onSafe, Repeated: in.repeated}
	}
	counts := in.counts
	// The queue counts events when they are stored; those of a shared one are counted by
	// the exporter that receives them.
	counts.Read -= counts.Held
	counts.Held = 0
	x.ledger.Add(counts)
	if err := x.queue.Store(ctx, in.stored); err != nil {
		x.ledger.Add(counts.Negated())
		return err
	}
	if err := x.committer.Refuse(in.counts); err != nil {
		// They are stored with the next commit.
		x.log.Warn("counts of dropped events would not survive the end of the process now", "err", err)
	}
	in.records, in.stored, in.bytes, in.counts, in.onSafe = nil, nil, 0, ledger.New(), nil
	return nil
}
