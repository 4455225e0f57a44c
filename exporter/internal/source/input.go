// Package source is where events come from: files, object stores, a stream on
// standard input, and the posts of Braze's Custom HTTP connector. It finds and
// opens inputs and knows how far each has been read; reading what is in them is
// package currents' business.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"sync/atomic"
	"time"

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
	changed time.Time
	open    func(context.Context) (io.ReadCloser, error)
	read    decoder
	at      atomic.Int64

	cursor *Cursor // nil: nobody remembers how far this one was read
	entry  *entry
	skip   int64 // steps that are done already
	steps  int64 // steps yielded so far, with the skipped ones
	ended  bool
}

// decoder reads and maps the events of one format.
type decoder func(m *mapping.Mapper, name string, r io.Reader, hint currents.Hint) iter.Seq2[mapping.Record, error]

// Name is the path or URL, or "stdin".
func (in *Input) Name() string { return in.name }

// Size is the length in bytes, zero where it is not known.
func (in *Input) Size() int64 { return in.size }

// Position is the number of bytes read so far.
func (in *Input) Position() int64 { return in.at.Load() }

// Skipped is the number of records that are passed over, being done already.
func (in *Input) Skipped() int64 { return in.skip }

// Records reads the input, from where the cursor says it was left. Bad records are
// yielded as *currents.Error, events that are not sent as *mapping.Drop, and
// reading goes on; any other error says that the input could not be read to its
// end.
func (in *Input) Records(ctx context.Context, m *mapping.Mapper) iter.Seq2[mapping.Record, error] {
	return func(yield func(mapping.Record, error) bool) {
		defer in.release()
		r, err := in.open(ctx)
		if err != nil {
			yield(mapping.Record{}, fmt.Errorf("read input: %w", err))
			return
		}
		defer r.Close()
		for record, err := range in.read(m, in.name, counting{r, &in.at}, currents.PathHint(in.name)) {
			if err != nil && !isRecord(err) {
				yield(record, err)
				return
			}
			if in.steps++; in.steps > in.skip && !yield(record, err) {
				return
			}
		}
		in.ended = true
	}
}

// isRecord tells whether an error is about a record, and not the input's own.
func isRecord(err error) bool {
	_, unread := errors.AsType[*currents.Error](err)
	_, dropped := errors.AsType[*mapping.Drop](err)
	return unread || dropped
}

// Mark returns what to call when everything yielded so far is safe: when it needs
// not be read again. The calls may come in any order and from any goroutine. Mark
// itself must be called in the course of reading, or after its end. Without a
// cursor it returns nil.
func (in *Input) Mark() (safe func()) {
	if in.cursor == nil {
		return nil
	}
	m := in.cursor.mark(in.entry, in.steps, in.ended)
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
	if in.cursor != nil && !in.ended {
		in.cursor.release(in.entry)
	}
}

// NDJSON returns an input of newline-delimited JSON.
func NDJSON(name string, r io.Reader) *Input {
	return &Input{
		name: name,
		open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil },
		read: events(currents.ReadNDJSON),
	}
}

// formatOf returns the decoder for a file's extension, nil for one it does not
// know.
func formatOf(name string) decoder {
	switch strings.ToLower(path.Ext(name)) {
	case ".avro":
		return func(m *mapping.Mapper, name string, r io.Reader, _ currents.Hint) iter.Seq2[mapping.Record, error] {
			return m.ReadAvro(name, r)
		}
	case ".json":
		return events(currents.ReadJSON)
	case ".ndjson", ".jsonl":
		return events(currents.ReadNDJSON)
	default:
		return nil
	}
}

// events makes a decoder of a reader of events.
func events(read func(name string, r io.Reader, hint currents.Hint) iter.Seq2[currents.Event, error]) decoder {
	return func(m *mapping.Mapper, name string, r io.Reader, hint currents.Hint) iter.Seq2[mapping.Record, error] {
		return m.MapAll(read(name, r, hint))
	}
}

// counting counts the bytes that pass.
type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
