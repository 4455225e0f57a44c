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
)

// place are the flags that say where events are stored.
type place struct {
	DataDir    string   `type:"path" placeholder:"DIR" help:"Directory of the durable queue. Without it, serve uses a temporary one and export keeps events in memory."`
	NATSURL    string   `name:"nats-url" placeholder:"URL" help:"NATS cluster with JetStream to keep the queue in, shared by several exporters. Overrides --data-dir."`
	Connector  string   `default:"default" placeholder:"NAME" help:"Name of the queue in the directory or the cluster: letters, digits, - and _ (default: ${default})."`
	Durability string   `enum:"fsync,os" default:"fsync" help:"When an event counts as stored: fsync survives the loss of power, os the end of the process."`
	MaxDisk    byteSize `default:"8GiB" placeholder:"SIZE" help:"Most to store (default: ${default}). A full queue turns the connector away with 503, and makes inputs wait."`
}

// keeping are the flags of commands that deliver.
type keeping struct {
	place
	CredentialGrace   time.Duration `default:"48h" help:"How long to keep events while Amplitude refuses the API key, from the first refusal; 0 is without end."`
	DeadLetterExpired bool          `help:"Copy the events that are dropped after that to the dead letters."`
}

// queue describes the queue. The zero value is one in memory.
func (p *place) queue() exporter.Queue {
	return exporter.Queue{
		Dir: p.DataDir, URL: p.NATSURL, Connector: p.Connector, Durability: p.Durability, MaxBytes: int64(p.MaxDisk),
	}
}

// keep puts the flags into the exporter's configuration.
func (k *keeping) keep(cfg *exporter.Config) error {
	if k.CredentialGrace < 0 {
		return &usageError{errors.New("--credential-grace must not be negative")}
	}
	if cfg.CredentialGrace = k.CredentialGrace; k.CredentialGrace == 0 {
		cfg.CredentialGrace = -1
	}
	cfg.DeadLetterExpired = k.DeadLetterExpired
	cfg.Queue = k.queue()
	return nil
}

// makeTemporary gives the queue a directory of its own if it has none. The returned
// function deletes it, unless something is held in it; it is never nil.
func makeTemporary(q *exporter.Queue, out io.Writer) (cleanUp func(held int64), err error) {
	nothing := func(int64) {}
	if q.Dir != "" || q.URL != "" {
		return nothing, nil
	}
	if q.Dir, err = os.MkdirTemp("", "currents-exporter-"); err != nil {
		return nothing, fmt.Errorf("make temporary queue, give --data-dir to have it elsewhere: %w", err)
	}
	dir := q.Dir
	return func(held int64) {
		if held > 0 {
			fmt.Fprintf(out, "%d events are left in %s: start again with --data-dir %s to deliver them\n", held, dir, dir)
			return
		}
		// What is left of it is in the way of nobody.
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
