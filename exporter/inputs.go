package exporter

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
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
	// Shared keeps how far objects of stores were read with a queue in NATS, in place of
	// Cursor. All exporters that share the queue then share the objects: one at a time reads
	// those of an event type, and another one goes on if it falls silent for Queue.Lease. It
	// is for Watch.
	Shared bool
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
	cursor  cursor
	watcher source.Watcher
	saved   func() // ends the saving and waits for it
}

// cursor is where it is stored how far each source was read: a file of this process, or
// what all that share a queue have.
type cursor interface {
	source.Positions
	// SaveAfter stores what is safe once ready has returned without an error.
	SaveAfter(ready func() error) error
	io.Closer
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
	in := &Inputs{x: x, cfg: cfg, catalog: catalog}
	interval := saveInterval
	if cfg.Shared {
		lease := cmp.Or(x.cfg.Queue.Lease, jetstream.DefaultLease)
		interval = min(interval, lease/4)
		in.cursor, err = x.sharedCursor(ctx, lease)
	} else {
		in.cursor, err = x.fileCursor(cfg.Cursor)
	}
	if err != nil {
		return nil, errors.Join(err, catalog.Close())
	}
	in.keepSaving(ctx, interval)
	return in, nil
}

func (x *Exporter) fileCursor(path string) (cursor, error) {
	c, err := source.OpenCursor(path)
	if err != nil {
		return nil, err
	}
	stored := x.queue.Progress()
	if stored.CountLost {
		stored.Stored = source.StoredUnknown
	}
	if err = c.Bind(x.queue.ID(), x.queuePlace(), stored.Stored); err == nil {
		err = c.Save()
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (x *Exporter) sharedCursor(ctx context.Context, lease time.Duration) (cursor, error) {
	if x.cfg.Queue.URL == "" {
		return nil, errors.New("only exporters with a queue in NATS can share the objects of a store: set its URL")
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host" // for people
	}
	return source.NewShared(ctx, source.SharedConfig{
		Values: x.queue, Queue: x.queue.ID(), Owner: host + " " + rand.Text(), Lease: lease, Clock: x.cfg.Clock, Logger: x.log,
	}), nil
}

// keepSaving saves the cursor now and then, until saved is called.
func (in *Inputs) keepSaving(ctx context.Context, interval time.Duration) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(interval)
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
	if file, ok := in.cursor.(*source.Cursor); ok {
		file.NoteStored(in.x.queue.Progress().Stored)
	}
	in.cursor.Fold(in.x.log)
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
	for found, unlisted := range in.catalog.List(ctx, in.cursor, in.x.cfg.Clock.Now(), true) {
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
	if file, ok := in.cursor.(*source.Cursor); ok && in.x.cfg.Queue.URL == "" && in.x.ledger.Held() == 0 {
		if empty, err := in.x.IsEmpty(context.Background()); empty && err == nil {
			file.Unbind()
		}
	}
	var unsaved error
	if err := errors.Join(in.save(), in.cursor.Close()); err != nil {
		unsaved = &CursorError{err}
	}
	return errors.Join(unsaved, in.catalog.Close())
}
