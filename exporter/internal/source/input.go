// Package source is where events come from: files, object stores, a stream on
// standard input, and the posts of Braze's Custom HTTP connector. It finds and
// opens inputs and knows how far each has been read; reading what is in them is
// package currents' business.
package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Input is one finite input. It can be read once. Position may be asked for from
// any goroutine.
type Input struct {
	name    string // for messages
	key     string // in a cursor
	size    int64
	version string // changes with the content
	local   bool   // may be seen while it is still being written
	remote  bool   // an object of a store
	changed time.Time
	open    func(context.Context) (io.ReadCloser, error)
	at      atomic.Int64
	hash    *xxhash.Digest // of the bytes read; nil: they are not to be compared
	// digest returns the digest of the first bytes. Nil where it would cost too much.
	digest func(size int64) (digest, error)
	front  digest // the latest of them

	fetched *fetched // nil: it is read when its turn comes

	cursor *Cursor      // nil: nobody remembers how far this one was read
	lost   *atomic.Bool // set when another process may read it; nil: none may
	entry  *entry
	skip   int64 // steps that are done already
	steps  int64 // steps yielded so far, with the skipped ones
	good   bool  // a record could be read
	ended  bool
	failed error // why it was not read to its end
	anew   bool  // it was read before, when its content was another
}

// Name is the path or URL, or "stdin".
func (in *Input) Name() string { return in.name }

// Size is the length in bytes, zero where it is not known.
func (in *Input) Size() int64 { return in.size }

// Position is the number of bytes read so far.
func (in *Input) Position() int64 { return in.at.Load() }

// Written is when the input was written last; zero where that is not known.
func (in *Input) Written() time.Time { return in.changed }

// Skipped is the number of records that are passed over, being done already.
func (in *Input) Skipped() int64 { return in.skip }

// Anew reports whether the input is read from its beginning although a part of it, as
// it was then, is done.
func (in *Input) Anew() bool { return in.anew }

// Records reads the input, from where the cursor says it was left. Bad records are
// yielded as *currents.Error, events that are not sent as *mapping.Drop, and
// reading goes on; any other error says that the input was not read to its end, and
// is the last thing yielded.
func (in *Input) Records(ctx context.Context, m *mapping.Mapper) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		defer in.Close()
		in.good = in.skip > 0
		var read, bad int64 // records
		for record, err := range in.all(ctx, m) {
			switch lost := lostRecords(err); {
			case lost != nil:
				n, _ := lost.Records()
				bad += n
			case err == nil, isDrop(err):
				read++
				in.good = true
			default:
				if in.remote {
					err = privateError{err}
				}
				in.failed = err
				yield(record, err)
				return
			}
			if in.lost != nil && in.lost.Load() {
				return // the other process reads it from what is safe
			}
			if in.steps++; in.steps > in.skip && !yield(record, err) {
				return
			}
		}
		switch {
		case in.steps < in.skip:
			in.failed = &TooFewError{Records: in.steps, Done: in.skip}
		case in.steps > 0 && !in.good:
			in.failed = &NothingReadError{Bad: in.steps}
		case bad > read:
			in.failed = &MostlyUnreadError{Bad: bad, All: bad + read}
		default:
			in.ended = true
			return
		}
		yield(mapping.Record{}, in.failed)
	}
}

// lostRecords returns the error of records that could not be read, nil if it is none.
func lostRecords(err error) *currents.Error {
	lost, _ := errors.AsType[*currents.Error](err)
	return lost
}

// isDrop reports whether an error is about an event that is not sent.
func isDrop(err error) bool {
	_, dropped := errors.AsType[*mapping.Drop](err)
	return dropped
}

// Mark returns what to call when everything yielded so far is safe: when it needs
// not be read again. The calls may come in any order and from any goroutine. Mark
// itself must be called in the course of reading, or after its end. Without a
// cursor it returns nil.
func (in *Input) Mark() (safe func()) {
	if in.cursor == nil {
		return nil
	}
	steps, read := in.steps, digest{}
	if in.hash != nil {
		read = digest{in.at.Load(), in.hash.Sum64()}
	}
	if !in.good && !in.ended {
		steps, read = 0, digest{} // all that was bad is read again with the rest
	}
	m := in.cursor.mark(in.entry, steps, read, in.ended)
	return func() { in.cursor.safe(in.entry, m) }
}

// Unmark takes the last Mark back: what was to become safe was not stored.
func (in *Input) Unmark() {
	if in.cursor != nil {
		in.cursor.unmark(in.entry)
	}
}

// release lets the input be read again if it was not read to its end.
func (in *Input) release() {
	if in.cursor != nil {
		in.cursor.release(in.entry, in.ended)
	}
}

// NDJSON returns an input of newline-delimited JSON, which may be packed. Avro is read
// too.
func NDJSON(name string, r io.Reader) *Input {
	return &Input{
		name: name,
		open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil },
	}
}
