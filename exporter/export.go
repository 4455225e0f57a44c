package exporter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// storePause is how long a finite input waits for a cluster that does not answer, or
// for room that delivery does not make, before it asks again.
const storePause = time.Second

// Export reads the sources to their ends, one after another, and returns when
// every event is settled. It delivers by itself: do not call Run beside it.
//
// An input that cannot be read is reported in the error, after everything else
// has been delivered. A refused key ends it with ErrKeyRefused, the end of ctx
// with its error; the ledger then tells how many events are still held. A source
// that is blocked in Read at that moment is left behind; it takes nothing more.
func (x *Exporter) Export(ctx context.Context, sources ...*Source) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var delivery sync.WaitGroup
	delivery.Go(func() {
		if err := x.deliver(ctx, true); err != nil {
			cancel(err)
		}
	})
	read := make(chan error, 1)
	go func() { read <- x.readAll(ctx, sources) }()
	var err error
	select {
	case err = <-read:
		if x.awaitSettled(ctx) != nil {
			err = errors.Join(err, context.Cause(ctx))
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	cancel(nil)
	delivery.Wait()
	return err
}

// Follow reads sources as they come, one after another, and returns when there are
// no more or ctx has ended; delivery needs Run. One that cannot be read to its end
// is logged and left: what yields the sources may yield it again. An error that is
// yielded in place of a source is returned.
func (x *Exporter) Follow(ctx context.Context, sources iter.Seq2[*Source, error]) error {
	for src, err := range sources {
		if err != nil {
			return err
		}
		if err := x.readSource(ctx, src); err != nil && ctx.Err() == nil {
			x.log.Error("input cannot be read to its end", "input", src.Name(), "err", err)
		}
	}
	return nil
}

func (x *Exporter) readAll(ctx context.Context, sources []*Source) error {
	var errs []error
	for _, src := range sources {
		if err := x.readSource(ctx, src); err != nil {
			errs = append(errs, &InputError{Name: src.Name(), Err: err})
		}
	}
	return errors.Join(errs...)
}

// readSource reads a source to its end. While a chunk is on its way to the disk the
// next one is read.
func (x *Exporter) readSource(ctx context.Context, src *Source) (err error) {
	in := x.newIntake(src.Name(), x.cfg.OnBadInput)
	in.ordinal = src.Skipped()
	stored := func() error { return nil } // waits for the chunk before
	defer func() { err = errors.Join(err, stored()) }()
	for record, bad := range src.Records(ctx, x.mapper) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err = in.take(record, bad); err != nil {
			break
		}
		if !in.full(x.durable != nil) {
			continue
		}
		if err := stored(); err != nil {
			return err
		}
		full := in
		in = in.next()
		stored = x.storeAside(ctx, src, full)
	}
	err = errors.Join(err, stored())
	stored = x.storeAside(ctx, src, in)
	return err
}

// storeAside stores what was read of a source since the last time, and returns a
// function that waits for it. The source remembers how far it was read when that is
// safe. There is one at a time, for the sake of the order.
func (x *Exporter) storeAside(ctx context.Context, src *Source, in *intake) (wait func() error) {
	in.safe = src.Mark()
	done := make(chan error, 1)
	go func() {
		err := x.storeWaiting(ctx, in)
		if err != nil {
			src.Unmark()
		}
		done <- err
	}()
	return sync.OnceValue(func() error { return <-done })
}

// storeWaiting stores, and waits for room if the queue is full: a finite input
// is read no faster than it is delivered.
func (x *Exporter) storeWaiting(ctx context.Context, in *intake) error {
	told := false
	for {
		settled := x.settled.next()
		err := x.store(ctx, in)
		var again <-chan time.Time
		switch {
		case errors.Is(err, jetstream.ErrUnavailable):
			x.log.Warn("queue is not reachable, will retry", "err", err)
			again = x.cfg.Clock.After(storePause)
		case errors.Is(err, jetstream.ErrDiskFull):
			if !told {
				x.log.Warn("input waits for room on the disk of the queue", "input", in.name)
				told = true
			}
			again = x.cfg.Clock.After(storePause)
		case !errors.Is(err, queue.ErrFull):
			return err
		}
		select {
		case <-settled:
		case <-again:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// InputError tells which input could not be read to its end.
type InputError struct {
	Name string
	Err  error
}

func (e *InputError) Error() string { return fmt.Sprintf("input %q: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }
