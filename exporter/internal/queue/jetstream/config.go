package jetstream

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// Durability says when a Put counts as stored.
type Durability string

// Durabilities of the embedded server. An external cluster has its own.
const (
	// Always is after an fsync: what was stored survives the loss of power.
	Always Durability = "always"
	// OS is when the operating system has it: it survives the end of the
	// process, and the loss of power only after two minutes.
	OS Durability = "os"
	// External is that of the cluster's servers.
	External Durability = "external"
)

// Defaults of Config.
const (
	DefaultMaxBytes = 8 << 30
	DefaultLease    = 30 * time.Second
	// DefaultPartitions are those of a queue that several processes can share.
	// One process alone has one: a Put is one block then, and one fsync.
	DefaultPartitions = 64
)

// Config of a Queue. Zero fields mean the defaults given with them.
type Config struct {
	// Dir is where the embedded server keeps its files. Required without URL.
	Dir string
	// URL of an external cluster; empty: a server is started in the process.
	URL string
	// Connector names the queue: letters, digits, "-" and "_". Required.
	Connector string
	// Durability of the embedded server. Default: Always.
	Durability Durability
	// Partitions are the shares in which processes divide the work, and are
	// fixed when the queue is made. Default: DefaultPartitions in an external
	// cluster, else 1.
	Partitions int
	// MaxBytes bounds what is stored: three quarters for the queue, an eighth
	// each for parked events and for dead letters. Default: DefaultMaxBytes.
	MaxBytes int64
	// Replicas in an external cluster. Default: 3. The embedded server has 1.
	Replicas int
	// Lease is for how long a process that fell silent keeps its partitions of
	// an external cluster, at least 1 s. Default: DefaultLease.
	Lease time.Duration
	// Passive opens the queue for Put, letters and state: Next returns nothing,
	// and no partition is taken from anybody.
	Passive bool
	// Now is the clock by which parked events wake. Required.
	Now func() time.Time
	// Logger gets what an operator should know; no ids. Default: none.
	Logger *slog.Logger
}

var connectorName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check tells what is wrong with the Config.
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.URL != "":
		c.Durability = External
		if c.Replicas == 0 {
			c.Replicas = 3
		}
	case c.Durability == "":
		c.Durability = Always
		fallthrough
	default:
		c.Replicas = 1
	}
	return c, c.check()
}

func (c Config) check() error {
	switch {
	case !connectorName.MatchString(c.Connector):
		return fmt.Errorf("connector name %q: use 1 to 64 letters, digits, %q and %q", c.Connector, "-", "_")
	case c.URL == "" && c.Dir == "":
		return errors.New("neither a directory nor the URL of a NATS cluster: set one")
	case c.URL == "" && c.Durability != Always && c.Durability != OS:
		return fmt.Errorf("durability %q: use %q or %q", c.Durability, Always, OS)
	case c.Partitions < 1 || c.Partitions > 1000:
		return fmt.Errorf("%d partitions: use 1 to 1000", c.Partitions)
	case c.MaxBytes < 1<<20:
		return fmt.Errorf("bound of %d bytes: use at least 1 MiB", c.MaxBytes)
	case c.Lease < time.Second:
		return fmt.Errorf("lease of %v: use at least 1s", c.Lease)
	case c.Now == nil:
		return errors.New("no clock")
	}
	return nil
}

// shared tells whether other processes may work on the same queue.
func (c Config) shared() bool { return c.URL != "" }

// The three shares of MaxBytes.
func (c Config) mainBytes() int64   { return c.MaxBytes - 2*(c.MaxBytes/8) }
func (c Config) parkedBytes() int64 { return c.MaxBytes / 8 }
func (c Config) deadBytes() int64   { return c.MaxBytes / 8 }
