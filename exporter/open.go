package exporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// ConfigError is returned for a Config that cannot be used, wherever it is tried.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// Open returns an Exporter with the queue that the Config describes, in memory unless it
// names a place, and opens it: what the process before left there is delivered when Run is
// called, and the ledger goes on. Close it after Run or Export has returned.
//
// A Config that cannot be used is a *ConfigError.
func Open(ctx context.Context, cfg Config) (*Exporter, error) {
	x, settings, err := prepare(cfg)
	if err != nil {
		return nil, &ConfigError{err}
	}
	if cfg.Queue.isMemory() {
		return x, x.useMemory(maxQueuedEvents)
	}
	q, err := jetstream.Open(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open exporter: %w", err)
	}
	if err := x.useDurable(ctx, q); err != nil {
		return nil, errors.Join(fmt.Errorf("open exporter: %w", err), q.Close())
	}
	return x, nil
}

// Check reports whether Open could use the Config, without opening anything.
func (c Config) Check() error {
	_, _, err := prepare(c)
	return err
}

func prepare(cfg Config) (*Exporter, jetstream.Config, error) {
	x, err := assemble(cfg)
	if err != nil || cfg.Queue.isMemory() {
		return x, jetstream.Config{}, err
	}
	settings, err := cfg.Queue.settings(x.cfg)
	if err != nil {
		return nil, settings, fmt.Errorf("configure exporter: %w", err)
	}
	settings.Counted = x.countStored
	return x, settings, nil
}

// countStored counts events that the queue has stored. The queue itself calls it: an
// attempt to store that failed may have stored some.
func (x *Exporter) countStored(events int) {
	x.ledger.Add(ledger.Counts{Read: int64(events), Held: int64(events)})
}

// commitInterval is the time between two commits to a disk.
const commitInterval = 50 * time.Millisecond

// useMemory gives the exporter a queue in memory.
func (x *Exporter) useMemory(maxEvents int) error {
	return x.use(queue.NewMemory(queue.MemoryConfig{
		MaxEvents: maxEvents, MaxBytes: x.cfg.Queue.memoryBytes(), Counted: x.countStored, Clock: x.cfg.Clock,
	}), 0, memoryChunk)
}

// useDurable gives the exporter a durable queue, and continues its ledger.
func (x *Exporter) useDurable(ctx context.Context, q queue.Queue) error {
	if err := x.use(q, commitInterval, durableChunk); err != nil {
		return err
	}
	stats, err := q.Stats(ctx)
	if err != nil {
		return err
	}
	if held := x.ledger.Held(); held > 0 {
		x.log.Info("events of the run before are in the queue", "events", held)
	}
	if stats.Damaged {
		x.log.Error("files of the queue are damaged: what turns out to be lost will be counted as dropped", "reason", ledger.QueueDamaged)
	}
	return nil
}

// use builds what works on a queue.
func (x *Exporter) use(q queue.Queue, interval time.Duration, size chunkSize) error {
	committer, err := dispatch.NewCommitter(q, interval, x.keepDeadLetter(), x.reportUnkept)
	if err != nil {
		return err
	}
	counts := committer.Ledger()
	x.types.learn(counts.Unknown)
	x.types.learn(counts.NotExported)
	x.ledger = ledger.Resume(counts)
	x.queue, x.committer, x.chunkSize = q, committer, size
	x.dispatcher = dispatch.New(dispatch.Config{
		Queue:     q,
		Client:    x.uploads,
		Target:    x.client.Base().Redacted(),
		Clock:     x.cfg.Clock,
		Ledger:    x.ledger,
		Committer: committer,
		Log:       x.log,
		RateLog:   x.rateLog,
		Scheduler: delivery.Config{
			MaxUploads: x.cfg.MaxUploads, MaxEvents: x.cfg.BatchEvents, MaxBytes: x.room, PerSecond: x.cfg.EventsPerSecond,
			ThrottlePause: x.cfg.ThrottlePause, QuotaPause: x.cfg.QuotaPause, Random: x.cfg.Random,
		},
		CredentialGrace:   x.cfg.CredentialGrace,
		DeadLetterExpired: x.cfg.DeadLetterExpired && (!x.cfg.Queue.isMemory() || x.cfg.OnDeadLetter != nil),
		OnKey:             x.takeKeyState,
		OnSettled:         x.settled.raise,
		Remap:             x.remap,
		TypeName:          x.types.name,
		ShowID:            x.shownID,
		IsPseudonym:       pseudonym.MatchString,
	})
	return nil
}

// keepDeadLetter is what takes dead letters in place of the queue; nil: the queue does.
func (x *Exporter) keepDeadLetter() func(*queue.DeadLetter) error {
	if x.cfg.OnDeadLetter == nil {
		return nil
	}
	return func(l *queue.DeadLetter) error { return x.cfg.OnDeadLetter(deadLetter(l)) }
}

// Close closes the queue. What is held in a durable one stays there.
func (x *Exporter) Close() error { return x.queue.Close() }
