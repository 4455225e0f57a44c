package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/plural"
)

// locationFlags are the flags that say where events are stored.
type locationFlags struct {
	DataDir        string        `type:"path" placeholder:"DIR" help:"Directory of the durable queue. Without it, serve uses a temporary one and export keeps events in memory."`
	NATSURL        string        `name:"nats-url" placeholder:"URL" help:"NATS server or cluster with JetStream to keep the queue in, shared by several exporters. Overrides --data-dir."`
	Connector      string        `default:"default" placeholder:"NAME" help:"Name of the queue in the directory or the cluster: letters, digits, - and _ (default: ${default})."`
	Durability     string        `enum:"fsync,os" default:"fsync" help:"When an event counts as stored: fsync survives the loss of power, os the end of the process."`
	NATSPartitions int           `name:"nats-partitions" placeholder:"N" help:"Shares in which exporters divide a queue in NATS. Fixed when the queue is made (default: 64)."`
	NATSReplicas   int           `name:"nats-replicas" placeholder:"N" help:"Copies that NATS keeps of the queue (default: 3 in a cluster, 1 on a single server)."`
	NATSLease      time.Duration `name:"nats-lease" placeholder:"DURATION" help:"How long an exporter that fell silent keeps its part of a queue in NATS, and what it reads of a shared bucket (default: 30s)."`
	NATSCreds      string        `name:"nats-creds" type:"path" placeholder:"FILE" help:"Credentials of a NATS user (.creds file), for --nats-url."`
	NATSCA         string        `name:"nats-ca" type:"path" placeholder:"FILE" help:"Certificates in PEM form to check NATS servers against, for --nats-url (default: those of the system)."`
	MaxDisk        byteSize      `default:"8GiB" placeholder:"SIZE" help:"Most to store (default: ${default}). A full queue turns the connector away with 503, and makes inputs wait."`
}

// queueFlags are the flags of commands that deliver.
type queueFlags struct {
	locationFlags
	CredentialGrace   time.Duration `default:"48h" help:"How long to keep events while Amplitude refuses the API key, from the first refusal; 0 is without end."`
	DeadLetterExpired bool          `help:"Copy the events that are dropped after that to the dead letters."`
	DeadLetters       string        `type:"path" placeholder:"FILE" help:"Append dead letters to this file, one JSON object a line, with the event. For a run without --data-dir and --nats-url, which keep them; without a file they are listed on standard error and the exit code is 1."`
}

// queue describes the queue. The zero value is one in memory.
func (p *locationFlags) queue() (exporter.Queue, error) {
	var urls []string
	for text := range strings.SplitSeq(p.NATSURL, ",") {
		u, err := clean("NATS URL", text)
		if err != nil {
			return exporter.Queue{}, err
		}
		urls = append(urls, u)
	}
	return exporter.Queue{
		Dir: p.DataDir, URL: strings.Join(urls, ","), Connector: p.Connector, Durability: p.Durability, MaxBytes: int64(p.MaxDisk),
		Partitions: p.NATSPartitions, Replicas: p.NATSReplicas, Lease: p.NATSLease,
		CredentialsFile: p.NATSCreds, CAFile: p.NATSCA,
	}, nil
}

// keep puts the flags into the exporter's configuration.
func (k *queueFlags) keep(cfg *exporter.Config) error {
	if k.CredentialGrace < 0 {
		return &usageError{errors.New("--credential-grace must not be negative")}
	}
	if cfg.CredentialGrace = k.CredentialGrace; k.CredentialGrace == 0 {
		cfg.CredentialGrace = -1
	}
	if k.DeadLetters != "" && (k.DataDir != "" || k.NATSURL != "") {
		return &usageError{errors.New("--dead-letters is for a run without a durable queue: that keeps dead letters itself, see the command deadletters")}
	}
	cfg.DeadLetterExpired = k.DeadLetterExpired
	var err error
	cfg.Queue, err = k.queue()
	return err
}

// makeTemporary gives the queue a directory of its own if it has none. The returned
// function deletes it if the queue is empty by its own word, and else prints where it
// is, with the number of events by the ledger; it is never nil.
func makeTemporary(q *exporter.Queue, out io.Writer) (cleanUp func(empty bool, held int64), err error) {
	nothing := func(bool, int64) {}
	if q.Dir != "" || q.URL != "" {
		return nothing, nil
	}
	if q.Dir, err = os.MkdirTemp("", "currents-exporter-"); err != nil {
		return nothing, fmt.Errorf("make temporary queue, give --data-dir to have it elsewhere: %w", err)
	}
	dir := q.Dir
	return func(empty bool, held int64) {
		switch {
		case held > 0:
			fmt.Fprintf(out, "%s left in %s: start again with --data-dir %s to deliver them\n", plural.Of(held, "event"), dir, dir)
			return
		case !empty:
			fmt.Fprintf(out, "events are left in %s: start again with --data-dir %s to deliver them\n", dir, dir)
			return
		}
		// What is left of it does no harm.
		_ = os.RemoveAll(dir)
	}, nil
}

// byteSize is a number of bytes, written with a unit: B, KiB, MiB, GiB or TiB.
type byteSize int64

var units = []string{"B", "KiB", "MiB", "GiB", "TiB"}

// UnmarshalText reads a size; a bare number is bytes.
func (s *byteSize) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for i, name := range slices.Backward(units) {
		if rest, ok := strings.CutSuffix(number, name); ok {
			number, unit = strings.TrimSpace(rest), 1<<(10*i)
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1<<60/unit {
		return fmt.Errorf("size %q: give a number and a unit such as 8GiB or 500MiB", text)
	}
	*s = byteSize(n * unit)
	return nil
}
