package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/metrics"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/ratelog"
	"github.com/ammeter/ammeter/exporter/ledger"
	"github.com/ammeter/ammeter/exporter/status"
)

// ErrKeyRefused is returned when Amplitude refuses the API key. Nothing was lost: the
// events that were not accepted can be exported again with a key that works.
var ErrKeyRefused = dispatch.ErrKeyRefused

// ErrStarted is returned by Run and Export when one of them was called before.
var ErrStarted = errors.New("exporter was started before: open another one")

// Bounds of what is kept in memory.
const (
	maxQueuedEvents = 200_000
	maxQueuedBytes  = 256 << 20
)

// Ledger accounts for every event: read = accepted + dropped + dead-lettered + held.
type Ledger = ledger.Counts

// CurrentsVersion and CurrentsDate are the version of Braze Currents that the
// table of event types describes.
const (
	CurrentsVersion = mapping.CurrentsVersion
	CurrentsDate    = mapping.CurrentsDate
)

// Types lists the Currents event types that can be exported.
func Types() []string { return mapping.Types() }

// Exporter delivers events to one Amplitude project. It is safe for concurrent
// use. Run and Export together can be called once. Open makes one.
type Exporter struct {
	cfg        Config
	log        *slog.Logger
	mapper     *mapping.Mapper
	client     *amplitude.Client
	uploads    *metrics.Uploads // by client
	room       int              // bytes of events in one upload
	queue      queue.Queue
	chunkSize  chunkSize // of what is stored
	ledger     *ledger.Ledger
	committer  *dispatch.Committer
	dispatcher *dispatch.Dispatcher
	settled    notifier      // events were settled or acknowledged: the queue may have room
	keyChanged chan struct{} // holds a token when the key was changed
	tokens     *tokens
	types      typeNames
	refused    refusedPosts
	rateLog    *ratelog.Logger

	taking *admission // of posts and of chunks of sources

	unkeptLogged time.Time // for the committer

	keyState atomic.Pointer[status.KeyState] // nil: nothing is known
	reading  reading

	started atomic.Bool
	running atomic.Bool
}

func assemble(cfg Config) (*Exporter, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	mapper, err := mapping.New(mapping.Options{Events: cfg.Events, KeepUnknown: cfg.KeepUnknown})
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	envelope := amplitude.NewEnvelope(amplitude.NewKey(cfg.APIKey), cfg.MinIDLength)
	client, err := amplitude.NewClient(cfg.URL, envelope, cfg.Transport, cfg.Clock.Now)
	if err != nil {
		return nil, fmt.Errorf("configure exporter: %w", err)
	}
	if base := client.Base(); base.Dropped != "" {
		cfg.Logger.Info("base URL is used without its path", "path", base.Dropped, "uploads_go_to", base.Redacted()+amplitude.Path)
	}
	x := &Exporter{
		cfg:        cfg,
		log:        cfg.Logger,
		mapper:     mapper,
		client:     client,
		uploads:    metrics.NewUploads(client, cfg.Clock.Now),
		room:       envelope.Room() - spareRoom,
		ledger:     ledger.Open(),
		keyChanged: make(chan struct{}, 1),
		tokens:     newTokens(cfg.Token, cfg.AdminToken),
		taking:     newAdmission(),
		rateLog:    ratelog.New(cfg.Logger, cfg.Clock.Now),
	}
	if x.cfg.OnBadInput == nil {
		x.cfg.OnBadInput = x.logBadInput
	}
	return x, nil
}

// Ledger returns the present counts.
func (x *Exporter) Ledger() Ledger { return x.ledger.Counts() }

// Run delivers events until ctx ends; then it returns nil. It does not deliver what is held
// at that moment: call Drain first. After an error nothing is delivered: the queue cannot
// be read.
func (x *Exporter) Run(ctx context.Context) error {
	return x.deliver(ctx, false)
}

// Drain stops taking events and returns when all events are settled, with the
// final ledger, or when ctx ends, with its error and the ledger as it then is. It ends
// with an error, too, when nothing but events of paused lanes is held.
func (x *Exporter) Drain(ctx context.Context) (Ledger, error) {
	x.taking.close()
	x.queue.StopReceiving()
	if n := x.dispatcher.Stats().Paused; n > 0 {
		x.log.Warn("paused lanes are not drained: their events stay held", "lanes", n)
	}
	if err := x.taking.wait(ctx); err != nil {
		return x.Ledger(), fmt.Errorf("events are still being stored: %w", err)
	}
	err := x.awaitSettled(ctx)
	return x.Ledger(), err
}

func (x *Exporter) isDraining() bool { return x.taking.isClosed() }

// deliver runs the dispatcher until ctx ends. With stopOnRefusal it returns
// ErrKeyRefused when Amplitude refuses the key.
func (x *Exporter) deliver(ctx context.Context, stopOnRefusal bool) error {
	if x.started.Swap(true) {
		return ErrStarted
	}
	defer x.client.CloseIdle()
	x.running.Store(true)
	defer x.running.Store(false)
	x.settled.raise() // for AwaitReady
	return x.dispatcher.Run(ctx, x.keyChanged, stopOnRefusal)
}
