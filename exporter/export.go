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
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// storeRetryInterval is how long a finite input waits for a cluster that does not answer, or
// for room that delivery does not make, before it tries again.
const storeRetryInterval = time.Second

// Export reads the sources to their ends, one after another, and returns when
// every event is settled. It delivers by itself: do not call Run beside it.
//
// An input that cannot be read is reported in the error, after everything else
// has been delivered. A refused key ends it with ErrKeyRefused, the end of ctx
// with its error; the ledger then has the number of events still held. A source
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
	// A source that is blocked in Read must not store behind the caller's back.
	x.taking.close()
	x.awaitStores(ctx)
	return err
}

// stopGrace is how long the end of a delivery waits for what is being written to the
// queue: a chunk of a source, which is else not marked in the cursor and read again,
// and the last commits.
const stopGrace = 5 * time.Second

func (x *Exporter) awaitStores(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if x.taking.wait(ctx) != nil {
		x.log.Warn("queue did not acknowledge in time: what was being stored will be read again")
	}
}

// Follow reads sources one after another. It returns when there are no more or ctx has
// ended; delivery needs Run. It logs an error of a source, once as long as it is the same,
// and goes on with the next: the sequence may yield that source again. An error that the
// sequence yields ends it.
func (x *Exporter) Follow(ctx context.Context, sources iter.Seq2[*Source, error]) error {
	logged := map[string]string{}
	storer := x.newStorer(ctx)
	defer storer.wait()
	for src, err := range sources {
		if err != nil {
			return err
		}
		x.readSource(ctx, storer, src, func(err error) {
			switch {
			case err == nil:
				delete(logged, src.Name())
			case ctx.Err() == nil && logged[src.Name()] != err.Error():
				logged[src.Name()] = err.Error()
				x.log.Error("input cannot be read to its end", "input", src.Name(), "err", err)
			}
		})
	}
	return nil
}

func (x *Exporter) readAll(ctx context.Context, sources []*Source) error {
	errs := make([]error, len(sources))
	storer := x.newStorer(ctx)
	for i, src := range sources {
		for _, next := range sources[i:min(i+source.Ahead, len(sources))] {
			next.input.Fetch(ctx, x.mapper)
		}
		x.readSource(ctx, storer, src, func(err error) {
			if err != nil {
				errs[i] = &InputError{Name: src.Name(), Err: err}
			}
		})
	}
	storer.wait()
	return errors.Join(errs...)
}

// readSource reads a source to its end. It calls done once, when all is stored or with what
// prevented that; if it was read to its end, that may be after readSource has returned.
func (x *Exporter) readSource(ctx context.Context, storer *storer, src *Source, done func(error)) {
	in, err := x.readChunks(ctx, storer, src)
	if err != nil {
		storer.wait() // done is called for one source at a time
		done(err)
		return
	}
	storer.add(in, src.input, func(err error) {
		if err == nil {
			x.reading.finish()
		}
		done(err)
	})
}

// readChunks reads a source to its end and returns what is left to store. While a chunk is
// on its way to the disk the next one is read. The first chunk that cannot be stored ends
// it: what follows must not be marked as read while this one is missing.
func (x *Exporter) readChunks(ctx context.Context, storer *storer, src *Source) (rest *batch, err error) {
	defer x.reading.begin(src.input)()
	in := x.newBatch(src.Name(), func(record int64, err error) { x.cfg.OnBadInput(placed(src.Name(), record, err)) })
	in.recordNo = src.input.Skipped()
	store := func(in *batch) (wait func() error) {
		stored := make(chan error, 1)
		storer.add(in, src.input, func(err error) { stored <- err })
		return sync.OnceValue(func() error { return <-stored })
	}
	stored := func() error { return nil } // waits for the chunk before
	var unread error
	for record, bad := range src.input.Records(ctx, x.mapper) {
		if ctx.Err() != nil {
			break
		}
		if unread = in.take(record, bad); unread != nil {
			break
		}
		if !in.isFull(x.chunkSize) {
			continue
		}
		if err := stored(); err != nil {
			return nil, err
		}
		full := in
		in = in.next()
		stored = store(full)
	}
	if err := stored(); err != nil {
		return nil, errors.Join(unread, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if unread != nil {
		return nil, errors.Join(unread, store(in)())
	}
	return in, nil
}

// storeBlocking stores, and waits for room if the queue is full: a finite input
// is read no faster than it is delivered.
func (x *Exporter) storeBlocking(ctx context.Context, in *batch) error {
	logged := false
	in.repeated = true
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		settled := x.settled.next()
		err := x.store(ctx, in)
		var again <-chan time.Time
		switch {
		case errors.Is(err, jetstream.ErrUnavailable):
			x.log.Warn("queue is not reachable, will retry", "err", err)
			again = x.cfg.Clock.After(storeRetryInterval)
		case errors.Is(err, jetstream.ErrDiskFull):
			if !logged {
				x.log.Warn("input waits for room on the disk of the queue", "input", in.name)
				logged = true
			}
			again = x.cfg.Clock.After(storeRetryInterval)
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

// InputError is returned for an input that could not be read to its end.
type InputError struct {
	Name string
	Err  error
}

func (e *InputError) Error() string { return fmt.Sprintf("input %q: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }
