package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type exportCommand struct {
	destination
	Cursor        string        `type:"path" placeholder:"FILE" help:"Remember in this file how far each input was read, and go on from there."`
	Watch         bool          `help:"Go on looking for new inputs until stopped."`
	WatchInterval time.Duration `default:"10s" help:"How long to wait before looking again."`
	drainage
	Paths []string `arg:"" name:"path" help:"Files (.avro, .json, .ndjson), directories or prefixes of object stores (s3://bucket/prefix/, gs://, azblob://), or - for NDJSON on standard input."`
}

// Run exports the inputs and prints the ledger.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	if err := c.check(); err != nil {
		return err
	}
	bad := &complaints{out: s.err}
	st, err := c.station(ctx, s, func(cfg *exporter.Config) error {
		cfg.OnBadInput = bad.add
		return nil
	})
	if err != nil {
		return err
	}
	catalog, err := exporter.OpenCatalog(ctx, s.in, c.Paths...)
	if err != nil {
		return err
	}
	cursor, err := exporter.OpenCursor(c.Cursor)
	if err != nil {
		return errors.Join(err, catalog.Close())
	}
	stop, keepSaving := st.start(ctx), saver(ctx, st, cursor)
	if c.Watch {
		err = c.follow(ctx, st, &exporter.Watcher{
			Catalog: catalog, Cursor: cursor, Clock: clock{}, Interval: c.WatchInterval, Logger: st.log,
		})
	} else {
		err = c.once(ctx, s, st, catalog, cursor)
	}
	stop()
	bad.summarize()
	return errors.Join(err, keepSaving(), catalog.Close(), st.Close(), c.closeLedger(s.out, st.Ledger()))
}

func (c *exportCommand) check() error {
	stdin := slices.Contains(c.Paths, "-")
	switch {
	case stdin && (c.Cursor != "" || c.Watch):
		return &usageError{errors.New("standard input cannot be read again: leave out --cursor and --watch, or the path -")}
	case c.WatchInterval <= 0:
		return &usageError{errors.New("--watch-interval must be longer than zero")}
	}
	return nil
}

// once exports what there is now.
func (c *exportCommand) once(ctx context.Context, s streams, st *station, catalog *exporter.Catalog, cursor *exporter.Cursor) error {
	var inputs []*exporter.Source
	found := 0
	for in, err := range catalog.Inputs(ctx) {
		if err != nil {
			return err
		}
		found++
		if cursor.Admit(in) {
			inputs = append(inputs, in)
		}
	}
	if found == 0 {
		return errors.New("no inputs: nothing there ends in .avro, .json or .ndjson")
	}
	if done := found - len(inputs); done > 0 {
		fmt.Fprintf(s.err, "%d of %d inputs are done already, by the cursor\n", done, found)
	}
	stop := watch(s, st.Exporter, inputs)
	err := st.Export(ctx, inputs...)
	stop()
	if err != nil && ctx.Err() == nil && !errors.Is(err, exporter.ErrKeyRefused) {
		err = fmt.Errorf("export: %w", err)
	}
	return err
}

// follow exports what there is and what comes, until ctx ends, and then finishes
// what was read.
func (c *exportCommand) follow(ctx context.Context, st *station, w *exporter.Watcher) error {
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
	err := st.Follow(reading, w.Inputs(reading))
	select {
	case stopped := <-failed:
		err = errors.Join(err, stopped)
	default:
		err = errors.Join(err, c.drain(ctx, st.Exporter))
	}
	stop()
	work.Wait()
	return err
}

// savePause is how often the cursor is written while it moves. What is lost of it
// when the process is killed is read again.
const savePause = time.Second

// saver saves the cursor now and then, and when the returned function is called
// for the last time.
func saver(ctx context.Context, st *station, cursor *exporter.Cursor) (last func() error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(savePause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := cursor.Save(); err != nil {
					st.log.Error("cursor cannot be saved, will try again", "err", err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() error {
		cancel()
		work.Wait()
		if err := cursor.Save(); err != nil {
			return &unsettledError{fmt.Errorf("%w: what was delivered will be read again", err)}
		}
		return nil
	}
}
