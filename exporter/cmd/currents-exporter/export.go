package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/secret"
)

type exportCommand struct {
	deliveryFlags
	Cursor        string        `type:"path" placeholder:"FILE" help:"Remember in this file how far each input was read, and go on from there. Without it, exporters with --watch and the same --nats-url share what is in object stores, and remember it in NATS."`
	Watch         bool          `help:"Go on looking for new inputs until stopped."`
	WatchInterval time.Duration `default:"10s" help:"How long to wait before looking again."`
	drainFlags
	Paths []string `arg:"" name:"path" help:"Files (.avro, .json, .ndjson), plain or packed (.gz, .zst, .bz2), directories or prefixes of object stores (s3://bucket/prefix/, gs://, azblob://), or - for NDJSON or Avro on standard input, plain or packed."`
}

// Run exports the inputs and prints the ledger.
func (c *exportCommand) Run(ctx context.Context, s streams, in *invocation) error {
	process.SurviveClosedOutput()
	if err := c.check(); err != nil {
		return err
	}
	bad := &badInput{out: s.err}
	st, err := c.newApp(ctx, s, in, nil, func(cfg *exporter.Config) error {
		cfg.OnBadInput = bad.add
		return nil
	})
	if err != nil {
		return err
	}
	inputs, err := st.OpenInputs(ctx, exporter.InputsConfig{
		Paths: c.Paths, Stdin: s.in, Cursor: c.Cursor, BeforeSave: st.letters.Sync,
		Shared: c.Watch && c.NATSURL != "" && c.Cursor == "",
	})
	if err != nil {
		return errors.Join(err, st.abandon())
	}
	before := st.Ledger().UncountedLosses
	s.stop.say(func() { c.lastWords(s, st) })
	stop := st.start(ctx)
	if c.Watch {
		fmt.Fprintln(s.err, c.watching(st))
		err = errors.Join(c.follow(ctx, st, inputs), inputs.Unread())
	} else {
		err = c.once(ctx, s, st, inputs)
	}
	stop()
	bad.summarize()
	if len(st.Ledger().Unknown) > 0 {
		fmt.Fprintln(s.err, c.unknownTypes())
	}
	tellLeft(s.err, inputs.Left())
	if c.NATSURL != "" {
		tellShared(context.WithoutCancel(ctx), s.err, st.QueuedBlocks)
	}
	err = errors.Join(err, uncounted(st.Ledger().UncountedLosses-before))
	err = errors.Join(err, inputs.Close()) //nolint:contextcheck // it saves what was read when the context is over, too
	out := s.out
	if _, none := errors.AsType[*noInputsError](err); none && st.Ledger().Read == 0 && c.Output != "json" {
		out = io.Discard // that a ledger of nothing adds up would hide the error
	}
	return errors.Join(err, st.Close(), c.closeLedger(out, st))
}

// watching says what is watched, where the events go, and what remembers them.
func (c *exportCommand) watching(st *app) string {
	remembered := "nothing remembers what was read: --cursor does"
	switch {
	case c.Cursor != "":
		remembered = "what was read is remembered in " + c.Cursor
	case c.NATSURL != "":
		remembered = "what was read is remembered in NATS"
	}
	return printable.Line(fmt.Sprintf("watching %s every %v, for files that did not change for so long; delivering to %s; events wait %s; %s",
		secret.URLs(strings.Join(c.Paths, " ")), c.WatchInterval, st.target, st.QueueDescription(), remembered))
}

// tellLeft says what the last listing passed over.
func tellLeft(w io.Writer, left string) {
	if left != "" {
		fmt.Fprintln(w, printable.Text(left))
	}
}

// tellShared says that a shared queue still holds events. Export ends without them: they
// are stored, and other exporters deliver them or post more without end.
func tellShared(ctx context.Context, w io.Writer, queued func(context.Context) (uint64, error)) {
	switch n, err := queued(ctx); {
	case err != nil:
		fmt.Fprintf(w, "the shared queue does not say what it still holds: %v\n", err)
	case n > 0:
		fmt.Fprintf(w, "the shared queue still holds %d blocks of events: other exporters deliver them; if none is running, start one with the same --nats-url and --connector\n", n)
	}
}

// uncounted returns an error if an unknown number of events was lost in inputs.
func uncounted(places int64) error {
	if places == 0 {
		return nil
	}
	return &unsettledError{fmt.Errorf("an unknown number of events was lost in %s of inputs: fetch the inputs again", plural.Of(places, "damaged place"))}
}

func (c *exportCommand) check() error {
	stdin := slices.Contains(c.Paths, "-")
	switch {
	case stdin && (c.Cursor != "" || c.Watch):
		return &usageError{errors.New("standard input cannot be read again: leave out --cursor and --watch, or the path -")}
	case c.WatchInterval <= 0:
		return &usageError{errors.New("--watch-interval must be longer than zero")}
	}
	for _, written := range []struct{ flag, file string }{
		{"--ledger-file", c.LedgerFile},
		{"--dead-letters", c.DeadLetters},
		{"--admin-port-file", c.AdminPortFile},
		{"--cursor", c.Cursor},
	} {
		isInput := func(path string) bool { return regular.Same(written.file, strings.TrimPrefix(path, "file://")) }
		if slices.ContainsFunc(c.Paths, isInput) {
			return &usageError{fmt.Errorf("%s: %s is an input, and would be overwritten: give another file", written.flag, written.file)}
		}
	}
	return nil
}

// noInputsError is returned by an export that found no input.
type noInputsError struct{ error }

func (e *noInputsError) Unwrap() error { return e.error }

// once exports what there is now.
func (c *exportCommand) once(ctx context.Context, s streams, st *app, inputs *exporter.Inputs) error {
	list, unlisted := inputs.List(ctx)
	for _, name := range list.Changed {
		fmt.Fprintf(s.err, "%s has changed and is read from its beginning\n", printable.Line(name))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if list.Found == 0 {
		return &noInputsError{cmp.Or(unlisted, errors.New("no inputs: nothing there ends in .avro, .json, .jsonl or .ndjson, plain or packed (.gz, .zst, .bz2)"))}
	}
	if done := list.Found - len(list.Sources); done > 0 && c.Cursor == "" {
		fmt.Fprintf(s.err, "%d of %d inputs are named twice, and read once\n", done, list.Found)
	} else if done > 0 {
		fmt.Fprintf(s.err, "%d of %d inputs are done already, by the cursor\n", done, list.Found)
	}
	stop := watch(s, st.Exporter, list.Sources)
	err := st.Export(ctx, list.Sources...)
	stop()
	if err != nil && ctx.Err() == nil && !errors.Is(err, exporter.ErrKeyRefused) {
		err = fmt.Errorf("export: %w", err)
	}
	return errors.Join(unlisted, err)
}

// follow exports what there is and what comes, until ctx ends, and then finishes
// what was read.
func (c *exportCommand) follow(ctx context.Context, st *app, inputs *exporter.Inputs) error {
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	failed := make(chan error, 1)
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	work.Go(func() {
		if err := st.Run(delivering); err != nil {
			failed <- err
			stopReading()
		}
	})
	err := st.Follow(reading, inputs.Watch(reading, c.WatchInterval))
	select {
	case stopped := <-failed:
		err = errors.Join(err, stopped)
	default:
		err = errors.Join(err, c.drain(ctx, st))
	}
	stop()
	work.Wait()
	return err
}
