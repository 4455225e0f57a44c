package jetstream

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
)

// Durabilities of the embedded server: when a batch counts as stored. A cluster has its
// own.
const (
	// DurabilityFsync is after an fsync: what was stored survives the loss of power.
	DurabilityFsync = "fsync"
	// DurabilityOS is when the operating system has it: it survives the end of the
	// process, and the loss of power only after two minutes.
	DurabilityOS = "os"
)

// Defaults of Config.
const (
	DefaultMaxBytes = 8 << 30
	DefaultLease    = 30 * time.Second
	// DefaultPartitions are those of a queue that several processes can share.
	// A queue of one process has one: a batch is stored in blocks of
	// up to 1000 events, with one fsync each.
	DefaultPartitions = 64
)

// Config of a Queue. Zero fields mean the defaults given with them.
type Config struct {
	// Dir is where the embedded server keeps its files. Required without URL.
	Dir string
	// URL of an external cluster; empty: a server is started in the process.
	URL string
	// CredentialsFile and CAFile are for an external cluster: the credentials of a NATS
	// user, and the certificates that its servers are checked against. Optional.
	CredentialsFile, CAFile string
	// Connector names the queue: letters, digits, "-" and "_". Required.
	Connector string
	// Durability of the embedded server. Default: DurabilityFsync.
	Durability string
	// Partitions are the shares in which processes divide the work, and are
	// fixed when the queue is made. Default: DefaultPartitions in an external
	// cluster, else 1.
	Partitions int
	// MaxBytes bounds what is stored: three quarters for the queue, an eighth
	// each for delayed events and for dead letters. Default: DefaultMaxBytes.
	MaxBytes int64
	// Replicas in an external cluster. Default: 3, or 1 if URL is a single server. The
	// embedded server has 1.
	Replicas int
	// Lease is for how long a process that fell silent keeps its partitions of
	// an external cluster, at least 1 s. Default: DefaultLease.
	Lease time.Duration
	// Passive opens the queue for Store, dead letters and state: Receive returns nothing,
	// and no partition is taken from another process.
	Passive bool
	// beside means that the directory is in use: the queue is that of the process
	// which uses it.
	beside bool
	// Clock is that of delayed events. Required.
	Clock clock.Clock
	// Counted is called with numbers of events that are stored, once for each
	// block and before it is received, whatever became of its Store. It must not
	// block. A queue that others share does not call it. Optional.
	Counted func(events int)
	// Logger gets what an operator should know; no ids. Default: none.
	Logger *slog.Logger
}

var connectorName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check returns what is wrong with the Config.
func (c Config) Check() error {
	_, err := c.withDefaults()
	return err
}

func (c Config) withDefaults() (Config, error) {
	if c.Partitions == 0 {
		c.Partitions = 1
		if c.URL != "" {
			c.Partitions = DefaultPartitions
		}
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Lease == 0 {
		c.Lease = DefaultLease
	}
	if c.Counted == nil {
		c.Counted = func(int) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.URL == "" { // else Replicas of zero are those that the servers can have
		c.Replicas = 1
	}
	if c.Durability == "" {
		c.Durability = DurabilityFsync
	}
	return c, c.check()
}

func (c Config) check() error {
	switch {
	case !connectorName.MatchString(c.Connector):
		return fmt.Errorf("connector name %q: use 1 to 64 letters, digits, %q and %q", c.Connector, "-", "_")
	case c.URL == "" && c.Dir == "":
		return errors.New("neither a directory nor the URL of a NATS cluster: set one")
	case c.URL == "" && (c.CredentialsFile != "" || c.CAFile != ""):
		return errors.New("NATS credentials or certificates without the URL of a NATS cluster: set its URL, or leave them out")
	case c.Durability != DurabilityFsync && c.Durability != DurabilityOS:
		return fmt.Errorf("durability %q: use %q or %q", c.Durability, DurabilityFsync, DurabilityOS)
	case c.Partitions < 1 || c.Partitions > 1000:
		return fmt.Errorf("%d partitions: use 1 to 1000", c.Partitions)
	case c.Replicas < 0 || c.Replicas > 5:
		return fmt.Errorf("%d replicas: use 1 to 5", c.Replicas)
	case c.MaxBytes < 1<<20:
		return fmt.Errorf("bound of %d bytes: use at least 1 MiB", c.MaxBytes)
	case c.Lease < time.Second:
		return fmt.Errorf("lease of %v: use at least 1s", c.Lease)
	case c.Clock == nil:
		return errors.New("no clock")
	}
	return nil
}

// shared reports whether other processes may work on the same queue.
func (c Config) shared() bool { return c.URL != "" || c.beside }

// The three shares of MaxBytes.
func (c Config) mainBytes() int64    { return c.MaxBytes - 2*(c.MaxBytes/8) }
func (c Config) delayedBytes() int64 { return c.MaxBytes / 8 }
func (c Config) deadBytes() int64    { return c.MaxBytes / 8 }

// embedded is the configuration of the server in the process.
func (c Config) embedded() natsserver.Config {
	return natsserver.Config{
		Dir: c.Dir, Stream: "AMMETER_" + c.Connector, Socket: c.Connector, SyncAlways: c.Durability == DurabilityFsync, Logger: c.Logger,
	}
}
