package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/source"
)

// Source is one finite input. It can be read once.
type Source struct{ input *source.Input }

// Paths returns the sources at paths: files ending in .avro, .json, .jsonl or .ndjson, also
// packed with gzip, zstd or bzip2 (.gz, .zst, .bz2); directories of such; and "-" for NDJSON
// on stdin.
func Paths(stdin io.Reader, paths ...string) ([]*Source, error) {
	inputs, err := source.Paths(stdin, paths...)
	sources := make([]*Source, len(inputs))
	for i, in := range inputs {
		sources[i] = &Source{in}
	}
	return sources, err
}

// NDJSON returns a source of newline-delimited JSON. Its name is for messages.
func NDJSON(name string, r io.Reader) *Source { return &Source{source.NDJSON(name, r)} }

// Name is the path or URL, or "stdin".
func (s *Source) Name() string { return s.input.Name() }

// Size is the length in bytes, zero where it is not known.
func (s *Source) Size() int64 { return s.input.Size() }

// Position is the number of bytes read so far. It is safe for concurrent use.
func (s *Source) Position() int64 { return s.input.Position() }

// InputsConfig says where sources are.
type InputsConfig struct {
	// Paths are what the function Paths takes, and URLs such as s3://bucket/prefix/,
	// gs://, azblob:// and file://.
	Paths []string
	Stdin io.Reader
	// Cursor is a file that remembers how far each source was read. Optional: that ends
	// with the process.
	Cursor string
	// BeforeSave is called before the cursor is written, and prevents that by an error: what
	// became of the events up to there has to be on the disk before. Optional.
	BeforeSave func() error
}

// saveInterval is the time between two saves of a cursor that moves. What is lost of it
// when the process is killed is read again.
const saveInterval = time.Second

// Inputs finds sources, and remembers for an exporter how far each was read. It is for
// one goroutine.
type Inputs struct {
	x       *Exporter
	cfg     InputsConfig
	catalog *source.Catalog
	cursor  *source.Cursor
	watcher source.Watcher
	listed  bool   // List has shown all there was
	saved   func() // ends the saving and waits for it
}

// OpenInputs opens catalog and cursor. A cursor of another queue, in which events may
// wait that it calls read, is refused.
func (x *Exporter) OpenInputs(ctx context.Context, cfg InputsConfig) (*Inputs, error) {
	if cfg.BeforeSave == nil {
		cfg.BeforeSave = func() error { return nil }
	}
	catalog, err := source.Open(ctx, cfg.Stdin, cfg.Paths...)
	if err != nil {
		return nil, err
	}
	cursor, err := source.OpenCursor(cfg.Cursor)
	if err != nil {
		return nil, errors.Join(err, catalog.Close())
	}
	in := &Inputs{x: x, cfg: cfg, catalog: catalog, cursor: cursor}
	stored := x.queue.Progress()
	if stored.CountLost {
		stored.Stored = source.StoredUnknown
	}
	if err = cursor.Bind(x.queue.ID(), x.queuePlace(), stored.Stored); err == nil {
		err = cursor.Save()
	}
	if err != nil {
		return nil, errors.Join(err, cursor.Close(), catalog.Close())
	}
	in.keepSaving(ctx)
	return in, nil
}

// keepSaving saves the cursor now and then, until saved is called.
func (in *Inputs) keepSaving(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(saveInterval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := in.save(); err != nil {
					in.x.rateLog.Warn("cursor", "cursor cannot be saved: what it does not have will be read again", "err", err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	in.saved = func() {
		cancel()
		work.Wait()
	}
}

// save saves the cursor. The queue has stored what it calls read by then, and maybe more.
func (in *Inputs) save() error {
	in.cursor.NoteStored(in.x.queue.Progress().Stored)
	return in.cursor.SaveAfter(in.cfg.BeforeSave)
}

// Listing is what there is to read at one moment.
type Listing struct {
	Sources []*Source
	// Found is the number of sources with those that are done by the cursor, or named twice.
	Found int
	// Changed are the names of those that were read before when their content was another.
	Changed []string
}

// List returns what there is to read now. The error is about what cannot be listed; the
// rest is in the listing.
func (in *Inputs) List(ctx context.Context) (l Listing, err error) {
	for found, unlisted := range in.catalog.Inputs(ctx) {
		if unlisted != nil {
			err = errors.Join(err, unlisted)
			continue
		}
		l.Found++
		if in.cursor.Claim(found) {
			l.Sources = append(l.Sources, &Source{found})
		}
		if found.Anew() {
			l.Changed = append(l.Changed, found.Name())
		}
	}
	in.listed = err == nil
	return l, err
}

// Watch yields what there is to read and what comes, for Follow, until ctx ends. It lists
// again and again, with an interval in between.
func (in *Inputs) Watch(ctx context.Context, interval time.Duration) iter.Seq2[*Source, error] {
	in.watcher = source.Watcher{
		Catalog: in.catalog, Cursor: in.cursor, Clock: in.x.cfg.Clock, Interval: interval, Logger: in.x.log,
		Fetch: func(ctx context.Context, found *source.Input) { found.Fetch(ctx, in.x.mapper) },
	}
	return func(yield func(*Source, error) bool) {
		for found, err := range in.watcher.Inputs(ctx) {
			if !yield(&Source{found}, err) {
				return
			}
		}
	}
}

// Unread returns what Watch has left unread, as an error.
func (in *Inputs) Unread() error { return in.watcher.Unread() }

// Left says what the last listing passed over; empty if that is nothing.
func (in *Inputs) Left() string { return in.catalog.Left() }

// CursorError is returned when the cursor cannot be saved: what was delivered will be read
// again.
type CursorError struct{ Err error }

func (e *CursorError) Error() string {
	return fmt.Sprintf("%v: what was delivered will be read again", e.Err)
}

// Unwrap returns the cause.
func (e *CursorError) Unwrap() error { return e.Err }

// Close saves the cursor and closes everything. Call it before Exporter.Close. A cursor
// whose queue is empty is no longer bound to it.
func (in *Inputs) Close() error {
	in.saved()
	// What others have of a shared queue is not known.
	if in.x.cfg.Queue.URL == "" && in.x.ledger.Held() == 0 {
		if empty, err := in.x.IsEmpty(context.Background()); empty && err == nil {
			in.cursor.Unbind()
		}
	}
	if in.listed {
		in.cursor.Fold(in.x.cfg.Clock.Now(), in.catalog, in.x.log)
	}
	var unsaved error
	if err := in.save(); err != nil {
		unsaved = &CursorError{err}
	}
	return errors.Join(unsaved, in.cursor.Close(), in.catalog.Close())
}
