package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// loop holds the channels between the goroutine of Run and its helpers.
type loop struct {
	chunks     chan queue.Chunk     // from the receiver; unbuffered, see Receive
	broken     chan error           // what ended the receiver
	uploads    chan upload          // from the uploads
	tasks      chan task            // to the worker
	done       chan func(time.Time) // from the worker
	keyChanged <-chan struct{}
	work       sync.WaitGroup
}

// Run dispatches until ctx ends; then it returns nil. With stopOnRefusal it returns
// ErrKeyRefused when Amplitude refuses the key. Otherwise it probes the key, and drops
// queued events after the grace period. keyChanged holds a token when the key was changed.
func (d *Dispatcher) Run(ctx context.Context, keyChanged <-chan struct{}, stopOnRefusal bool) error {
	ctx, cancel := context.WithCancel(ctx)
	r := &loop{
		chunks: make(chan queue.Chunk), broken: make(chan error, 1),
		uploads: make(chan upload, delivery.DefaultMaxUploads),
		tasks:   make(chan task), done: make(chan func(time.Time)),
		keyChanged: keyChanged,
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.runLastTasks(ctx)
	defer r.work.Wait()
	defer cancel()
	if err := errors.Join(d.loadKey(ctx), d.loadPauses(ctx)); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	r.work.Go(func() {
		d.committer.run(ctx, d.cfg.OnSettled, func(err error) {
			d.cfg.RateLog.Warn("commit", "commit failed, will retry: what is delivered stays in the queue", "err", err)
		})
	})
	r.work.Go(func() { d.receive(ctx, r) })
	r.work.Go(func() { worker(ctx, r) })
	defer d.cfg.RateLog.Flush()
	for {
		d.advance(d.cfg.Clock.Now())
		d.send(ctx, r)
		if stopOnRefusal && d.key.sawRefusal {
			d.awaitUploads(ctx, r)
			return ErrKeyRefused
		}
		if err := d.await(ctx, r); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// receive hands chunks over until ctx ends. The channel is unbuffered on purpose: a call
// of Receive confirms that the chunk before was taken over.
func (d *Dispatcher) receive(ctx context.Context, r *loop) {
	for {
		chunk, err := d.cfg.Queue.Receive(ctx)
		if err != nil {
			if ctx.Err() == nil {
				r.broken <- fmt.Errorf("read queue: %w", err)
			}
			return
		}
		select {
		case r.chunks <- chunk:
		case <-ctx.Done():
			return
		}
	}
}

// worker runs tasks until ctx ends.
func worker(ctx context.Context, r *loop) {
	for {
		select {
		case t := <-r.tasks:
			done := t.run(ctx)
			select {
			case r.done <- done:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// runLastTasks runs what must not be left out at the end.
func (d *Dispatcher) runLastTasks(ctx context.Context) {
	for len(d.tasks) > 0 {
		if t := d.nextTask(); t.last {
			t.run(ctx)
		}
	}
}

// send starts all uploads that can be sent now.
func (d *Dispatcher) send(ctx context.Context, r *loop) {
	for ctx.Err() == nil {
		b, ok := d.nextUpload(d.cfg.Clock.Now())
		if !ok {
			return
		}
		r.work.Go(func() {
			wires := make([][]byte, len(b.Events))
			for i, e := range b.Events {
				wires[i] = e.Wire
			}
			a, err := d.cfg.Client.Post(ctx, wires)
			r.uploads <- upload{b, a, err}
		})
	}
}

// await waits for the next thing that happens, and takes it. It returns what prevents
// that.
func (d *Dispatcher) await(ctx context.Context, r *loop) (err error) {
	chunks, tasks, next := r.chunks, r.tasks, task{}
	if d.hasEnough() {
		chunks = nil
	}
	if len(d.tasks) == 0 {
		tasks = nil
	} else {
		next = d.tasks[0]
	}
	timer, happened := d.timer(), func(time.Time) {}
	d.mu.Unlock()
	select {
	case c := <-chunks:
		happened = func(now time.Time) { d.onChunk(now, c) }
	case <-r.keyChanged:
		happened = d.onKeyChanged
	case u := <-r.uploads:
		happened = func(now time.Time) { d.takeUpload(ctx, now, u) }
	case tasks <- next:
		happened = func(time.Time) { d.nextTask() }
	case done := <-r.done:
		happened = done
	case revoked := <-d.cfg.Queue.Revoked():
		happened = func(now time.Time) { d.onRevocation(now, revoked) }
	case <-d.lanesChanged:
	case <-timer:
	case err = <-r.broken:
	case <-ctx.Done():
		err = ctx.Err()
	}
	d.mu.Lock()
	if err != nil {
		return err
	}
	happened(d.cfg.Clock.Now())
	return nil
}

// timer fires when there is something to do by the clock.
func (d *Dispatcher) timer() <-chan time.Time {
	at, ok := d.wake()
	if !ok {
		return nil
	}
	return d.cfg.Clock.After(at.Sub(d.cfg.Clock.Now()))
}

// takeUpload is onUpload, except for uploads that the end of ctx has canceled.
func (d *Dispatcher) takeUpload(ctx context.Context, now time.Time, u upload) {
	if u.err != nil && ctx.Err() != nil {
		d.uploads--
		return
	}
	d.onUpload(now, u)
}

// awaitUploads waits for the answers to the uploads under way.
func (d *Dispatcher) awaitUploads(ctx context.Context, r *loop) {
	for d.uploads > 0 {
		d.mu.Unlock()
		u := <-r.uploads
		d.mu.Lock()
		d.takeUpload(ctx, d.cfg.Clock.Now(), u)
	}
}
