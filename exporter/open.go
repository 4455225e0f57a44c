package exporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// Durabilities of a queue in a directory.
const (
	// DurabilityFsync answers a source after an fsync: what was taken survives
	// the loss of power.
	DurabilityFsync = "fsync"
	// DurabilityOS answers when the operating system has the events: they
	// survive the end of the process, but not always the loss of power.
	DurabilityOS = "os"
)

// Queue describes a durable queue, on NATS JetStream. Zero fields mean the defaults
// given with them.
type Queue struct {
	// Dir is where a server inside the process keeps its files. One process can
	// use it at a time.
	Dir string
	// URL of an external NATS cluster, which several exporters can share; it
	// overrides Dir. Durability is that of its servers.
	URL string
	// Connector names the queue: letters, digits, "-" and "_". Default: "default".
	Connector string
	// Durability of a queue in a directory. Default: DurabilityFsync.
	Durability string
	// MaxBytes bounds what is stored. A quarter of it is kept for parked events
	// and dead letters. A full queue turns sources away. Default: 8 GiB.
	MaxBytes int64
	// Partitions and Replicas of a queue in a cluster are fixed when it is made.
	// Defaults: 64 and 3.
	Partitions, Replicas int
	// Lease is for how long a process that fell silent keeps its part of a queue
	// in a cluster. Default: 30 s.
	Lease time.Duration
}

func (q Queue) isMemory() bool { return q.Dir == "" && q.URL == "" }

// Errors of a durable queue, for errors.Is.
var (
	// ErrQueueStorage tells that the disk does not take what is written, or
	// cannot be read.
	ErrQueueStorage = jetstream.ErrStorage
	// ErrQueueInUse tells that another process works on the same directory.
	ErrQueueInUse = jetstream.ErrLocked
	// ErrQueueCorrupt tells that stored state is not what was written.
	ErrQueueCorrupt = jetstream.ErrCorrupt
	// ErrQueueUnreachable tells that the NATS cluster does not answer.
	ErrQueueUnreachable = jetstream.ErrUnavailable
)

// ConfigError tells that a Config cannot be used, whatever the state of the world.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// Open returns an Exporter with the queue that the Config describes, and opens it:
// what the process before left there is delivered when Run is called, and the
// ledger goes on. Close it after Run or Export has returned.
//
// A Config that cannot be used is a *ConfigError.
func Open(ctx context.Context, cfg Config) (*Exporter, error) {
	x, settings, err := prepare(cfg)
	if err != nil {
		return nil, &ConfigError{err}
	}
	if cfg.Queue.isMemory() {
		return x, nil
	}
	q, err := jetstream.Open(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("open exporter: %w", err)
	}
	if err := x.adopt(ctx, q); err != nil {
		return nil, errors.Join(fmt.Errorf("open exporter: %w", err), q.Close())
	}
	return x, nil
}

// Check tells whether Open could use the Config, without opening anything.
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
	return x, settings, nil
}

// settings are those of package jetstream.
func (q Queue) settings(cfg Config) (jetstream.Config, error) {
	s := jetstream.Config{
		Dir: q.Dir, URL: q.URL, Connector: q.Connector, MaxBytes: q.MaxBytes,
		Partitions: q.Partitions, Replicas: q.Replicas, Lease: q.Lease,
		Now: cfg.Clock.Now, Logger: cfg.Logger,
	}
	if s.Connector == "" {
		s.Connector = "default"
	}
	switch q.Durability {
	case "", DurabilityFsync:
		s.Durability = jetstream.Always
	case DurabilityOS:
		s.Durability = jetstream.OS
	default:
		return s, fmt.Errorf("durability %q: use %q or %q", q.Durability, DurabilityFsync, DurabilityOS)
	}
	return s, s.Check()
}

// adopt makes a durable queue the exporter's.
func (x *Exporter) adopt(ctx context.Context, q *jetstream.Queue) error {
	clerk, err := newClerk(q)
	if err != nil {
		return err
	}
	x.queue, x.durable, x.clerk, x.shared = q, q, clerk, x.cfg.Queue.URL != ""
	if x.shared {
		return nil
	}
	counts := clerk.ledger()
	stats, err := q.Stats(ctx)
	if err != nil {
		return err
	}
	if counts.Held > 0 {
		x.log.Info("events of the run before are in the queue", "events", counts.Held)
	}
	if stats.Damaged {
		x.log.Error("files of the queue are damaged: what turns out to be lost will be counted as dropped", "reason", ledger.QueueDamaged)
	}
	x.ledger = ledger.Resume(counts)
	return nil
}

// Close closes a durable queue. What is held stays there.
func (x *Exporter) Close() error {
	if x.durable == nil {
		return nil
	}
	return x.durable.Close()
}

// QueueDescription tells where events wait, and what they survive.
func (x *Exporter) QueueDescription() string {
	q := x.cfg.Queue
	switch {
	case x.durable == nil:
		return "in memory: lost with the process"
	case x.shared:
		return "in a NATS cluster, as durable as its servers make it"
	case q.Durability == DurabilityOS:
		return fmt.Sprintf("in %s, durability os: survives the end of the process", q.Dir)
	default:
		return fmt.Sprintf("in %s, durability fsync: survives the loss of power", q.Dir)
	}
}
