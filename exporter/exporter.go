package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// ErrKeyRefused tells that Amplitude refused the API key. Nothing was lost: the
// events that were not accepted can be exported again with a key that works.
var ErrKeyRefused = errors.New("amplitude refused the API key: check the key and its region")

// Bounds of what is kept in memory.
const (
	maxQueuedEvents = 200_000
	maxQueuedBytes  = 256 << 20
)

// Ledger accounts for every event: read = accepted + dropped + dead-lettered + held.
type Ledger = ledger.Counts

// Source is one finite input.
type Source = source.Input

// Paths returns the inputs at paths: files ending in .avro, .json or .ndjson,
// directories of such, and "-" for NDJSON on stdin.
func Paths(stdin io.Reader, paths ...string) ([]*Source, error) {
	return source.Paths(stdin, paths...)
}

// NDJSON returns an input of newline-delimited JSON. Its name is for messages.
func NDJSON(name string, r io.Reader) *Source { return source.NDJSON(name, r) }

// Catalog finds inputs in files, directories and object stores.
type Catalog = source.Catalog

// Cursor remembers how far inputs have been read.
type Cursor = source.Cursor

// Watcher finds inputs as they appear.
type Watcher = source.Watcher

// OpenCatalog returns the catalog of paths: what Paths takes, and URLs such as
// s3://bucket/prefix/, gs://, azblob:// and file://.
func OpenCatalog(ctx context.Context, stdin io.Reader, paths ...string) (*Catalog, error) {
	return source.Open(ctx, stdin, paths...)
}

// OpenCursor reads the cursor in a file, or begins one. A cursor without a path
// ends with the process.
func OpenCursor(path string) (*Cursor, error) { return source.OpenCursor(path) }

// Types lists the Currents event types that can be exported.
func Types() []string { return mapping.Types() }

// store is what the exporter needs of a queue.
type store interface {
	// Put returns when the records are stored, or queue.ErrFull. It keeps records.
	Put(ctx context.Context, records []mapping.Record) error
	// Next waits for the oldest chunk that was not handed out yet.
	Next(ctx context.Context) (queue.Chunk, error)
	// Done forgets a chunk: all of its events are settled.
	Done(ctx context.Context, id uint64) error
	// Mark returns the present moment, to tell what is stored from what will be.
	Mark(ctx context.Context) (queue.Mark, error)
}

var _ store = (*queue.Memory)(nil)

// Exporter delivers events to one Amplitude project. It is safe for concurrent
// use, but Run and Export together must be called once at most.
type Exporter struct {
	cfg     Config
	log     *slog.Logger
	mapper  *mapping.Mapper
	client  *amplitude.Client
	room    int // bytes of events in one upload
	queue   store
	durable *jetstream.Queue // the same; nil: in memory
	shared  bool             // other processes may work on the queue
	clerk   *clerk           // nil: in memory
	ledger  *ledger.Ledger
	settled signal        // events settled, so that the queue may have room
	rekeyed chan struct{} // holds a token when the key was changed
	vitals  vitals
	storing sync.RWMutex // held for reading while events are booked and not stored yet

	running atomic.Bool

	mu       sync.RWMutex // held for reading while a post is taken
	draining bool
}

// New returns an Exporter whose queue is in memory. It does not connect and starts
// nothing.
func New(cfg Config) (*Exporter, error) {
	if !cfg.Queue.isMemory() {
		return nil, errors.New("configure exporter: New is for a queue in memory: use Open")
	}
	return assemble(cfg)
}

func assemble(cfg Config) (*Exporter, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	mapper, err := mapping.New(mapping.Options{Events: cfg.Events})
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	envelope := amplitude.NewEnvelope(amplitude.NewKey(cfg.APIKey), cfg.MinIDLength)
	client, err := amplitude.NewClient(cfg.URL, envelope, cfg.Transport, cfg.Clock.Now)
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	return &Exporter{
		cfg:     cfg,
		log:     cfg.Logger,
		mapper:  mapper,
		client:  client,
		room:    envelope.Room() - spareRoom,
		queue:   queue.NewMemory(maxQueuedEvents, maxQueuedBytes),
		ledger:  ledger.Open(),
		rekeyed: make(chan struct{}, 1),
	}, nil
}

// Ledger returns the present counts.
func (x *Exporter) Ledger() Ledger { return x.ledger.Counts() }

// Run delivers events until ctx ends; then it returns nil. Events still held are
// not delivered: Drain first to finish them.
func (x *Exporter) Run(ctx context.Context) error {
	return x.deliver(ctx, false)
}

// Drain stops taking events and returns when all events are settled, with the
// final ledger, or when ctx ends, with its error and the ledger as it then is.
func (x *Exporter) Drain(ctx context.Context) (Ledger, error) {
	x.mu.Lock()
	x.draining = true
	x.mu.Unlock()
	err := x.awaitSettled(ctx)
	return x.Ledger(), err
}

func (x *Exporter) isDraining() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.draining
}

func (x *Exporter) awaitSettled(ctx context.Context) error {
	for {
		settled := x.settled.next()
		held := x.Ledger().Held
		if held == 0 {
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return fmt.Errorf("%d events are not delivered: %w", held, ctx.Err())
		}
	}
}

func (x *Exporter) scheduler() *delivery.Scheduler {
	cfg := delivery.Config{
		MaxBytes:      x.room,
		ThrottlePause: x.cfg.ThrottlePause,
		QuotaPause:    x.cfg.QuotaPause,
		Random:        x.cfg.Random,
	}
	if x.durable != nil {
		cfg.LaneMax = laneMax
	}
	return delivery.New(x.cfg.Clock.Now(), cfg)
}
