package exporter

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// Durabilities of a queue in a directory.
const (
	// DurabilityFsync answers a source after an fsync: what was taken survives
	// the loss of power.
	DurabilityFsync = jetstream.DurabilityFsync
	// DurabilityOS answers when the operating system has the events: they
	// survive the end of the process, but not always the loss of power.
	DurabilityOS = jetstream.DurabilityOS
)

// Queue describes where events wait: in memory without Dir and URL, else in a durable
// queue on NATS JetStream. Zero fields mean the defaults given with them.
type Queue struct {
	// Dir is where a server inside the process keeps its files. One process can
	// use it at a time.
	Dir string
	// URL of an external NATS cluster, which several exporters can share; it
	// overrides Dir. Durability is that of its servers.
	URL string
	// CredentialsFile and CAFile are for an external cluster: the credentials of a NATS
	// user (.creds), and the certificates that its servers are checked against. Optional.
	CredentialsFile, CAFile string
	// Connector names the queue: letters, digits, "-" and "_". Default: "default".
	Connector string
	// Durability of a queue in a directory. Default: DurabilityFsync.
	Durability string
	// MaxBytes bounds what is stored. A durable queue keeps a quarter of it for delayed
	// events and dead letters. A full queue refuses posts, and makes inputs wait.
	// Default: 8 GiB. A queue in memory never takes more than 256 MiB.
	MaxBytes int64
	// Partitions of a queue in NATS are fixed when it is made. Default: 64.
	Partitions int
	// Replicas of a queue in NATS. Default: 3 in a cluster, 1 on a single server.
	Replicas int
	// Lease is for how long a process that fell silent keeps its part of a queue
	// in a cluster. Default: 30 s.
	Lease time.Duration
}

func (q Queue) isMemory() bool { return q.Dir == "" && q.URL == "" }

// memoryBytes is the bound of a queue in memory.
func (q Queue) memoryBytes() int {
	if q.MaxBytes == 0 {
		return maxQueuedBytes
	}
	return int(min(q.MaxBytes, maxQueuedBytes))
}

// Errors of a durable queue, for errors.Is.
var (
	// ErrQueueStorage is returned when the disk does not take what is written, or
	// cannot be read.
	ErrQueueStorage = jetstream.ErrStorage
	// ErrQueueInUse is returned when another process works on the same directory.
	ErrQueueInUse = jetstream.ErrLocked
	// ErrNoQueue is returned when there is no queue whose dead letters could be opened.
	ErrNoQueue = jetstream.ErrNoQueue
	// ErrQueueCorrupt is returned when stored state is not what was written.
	ErrQueueCorrupt = jetstream.ErrCorrupt
	// ErrQueueUnreachable is returned when the NATS cluster does not answer.
	ErrQueueUnreachable = jetstream.ErrUnavailable
)

// settings are those of package jetstream.
func (q Queue) settings(cfg Config) (jetstream.Config, error) {
	s := jetstream.Config{
		Dir: q.Dir, URL: q.URL, Connector: q.Connector, MaxBytes: q.MaxBytes,
		Partitions: q.Partitions, Replicas: q.Replicas, Lease: q.Lease,
		CredentialsFile: q.CredentialsFile, CAFile: q.CAFile, Durability: q.Durability,
		Clock: cfg.Clock, Logger: cfg.Logger,
	}
	if s.Connector == "" {
		s.Connector = "default"
	}
	return s, s.Check()
}

// queuePlace is where the durable queue is, for people, without passwords.
func (x *Exporter) queuePlace() string {
	q := x.cfg.Queue
	switch {
	case q.isMemory():
		return ""
	case q.URL != "":
		return fmt.Sprintf("%q in NATS", q.Connector)
	}
	dir, err := filepath.Abs(q.Dir)
	if err != nil {
		dir = q.Dir
	}
	return fmt.Sprintf("%q in %s", q.Connector, dir)
}

// QueueDescription says where events wait, and what they survive.
func (x *Exporter) QueueDescription() string {
	if x.cfg.Queue.Dir == "" || x.cfg.Queue.URL != "" {
		return x.queueKind()
	}
	return "in " + x.cfg.Queue.Dir + ", " + strings.TrimPrefix(x.queueKind(), "on disk, ")
}

// queueKind is QueueDescription for everybody: without the place.
func (x *Exporter) queueKind() string {
	switch {
	case x.cfg.Queue.isMemory():
		return "in memory: lost with the process"
	case x.cfg.Queue.URL != "":
		return "in a NATS cluster, as durable as its servers make it"
	case x.cfg.Queue.Durability == DurabilityOS:
		return "on disk, durability os: survives the end of the process"
	default:
		return "on disk, durability fsync: survives the loss of power"
	}
}
