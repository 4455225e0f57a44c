package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/ratelog"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// world is a dispatcher with its scheduler and its committer between a model of the
// queue and one of Amplitude. Each step is one thing that can happen.
type world struct {
	t         *trial
	now       time.Time
	queue     *modelQueue
	amplitude *modelAmplitude
	random    float64

	// Of the process.
	dispatcher *Dispatcher
	committer  *Committer
	ledger     *ledger.Ledger
	uploads    []flying
	onItsWay   *queue.Chunk    // received and not taken over
	result     func(time.Time) // of the task that has run
	revoked    map[int]func()  // unconfirmed, and what happens then
	batches    []*queue.Batch  // that could not be stored yet

	events int
	faults faults // that the dispatcher is given; none in the test of the property

	checkpoint Checkpoint // of the queue, after so many commits
	checked    int
}

type flying struct {
	batch      delivery.Batch
	generation uint64
}

type modelClock struct{ w *world }

func (c modelClock) Now() time.Time                       { return c.w.now }
func (c modelClock) After(time.Duration) <-chan time.Time { return nil }

func newWorld(t *trial, shared bool, f faults) *world {
	w := &world{t: t, faults: f, now: start, amplitude: newModelAmplitude(t)}
	w.random = float64(t.draw(100)) / 100
	w.queue = newModelQueue(t, shared, func() time.Time { return w.now })
	w.queue.asked = w.passDropped
	w.begin()
	return w
}

// begin starts a process.
func (w *world) begin() {
	var err error
	q := w.faults.queueOf(w.queue)
	w.committer, err = NewCommitter(q, 0, nil, func(ledger.Counts, error) { w.t.fatalf("dead letters are not kept") })
	if err != nil {
		w.t.fatalf("%v", err)
	}
	w.ledger = ledger.Resume(w.committer.Ledger())
	w.queue.counted = func(n int) { w.ledger.Add(ledger.Counts{Read: int64(n), Held: int64(n)}) }
	log := slog.New(slog.DiscardHandler)
	w.dispatcher = New(Config{
		Queue: q, Client: w.faults.clientOf(w.amplitude), Clock: modelClock{w}, Ledger: w.ledger, Committer: w.committer,
		Log: log, RateLog: ratelog.New(log, func() time.Time { return w.now }),
		Scheduler: delivery.Config{
			MaxUploads: 3, MaxEvents: 6, PerSecond: 4, LaneMax: 5, Random: func() float64 { return w.random },
			ThrottlePause: 3 * time.Second, QuotaPause: 20 * time.Second,
		},
		CredentialGrace: 48 * time.Hour, DeadLetterExpired: true,
		OnSettled: func() {},
		Remap:     func(*mapping.Record) bool { return false }, TypeName: func(typ string) string { return typ },
		ShowID: func(id string) string { return id }, IsPseudonym: func(string) bool { return false },
	})
	w.dispatcher.maxEvents = 25
	if err := errors.Join(w.dispatcher.loadKey(context.Background()), w.dispatcher.loadPauses(context.Background())); err != nil {
		w.t.fatalf("%v", err)
	}
	w.uploads, w.onItsWay, w.result, w.revoked = nil, nil, nil, map[int]func(){}
}

// settleDown does what Run does after each thing that has happened, and checks.
func (w *world) settleDown() {
	d := w.dispatcher
	if w.faults.step != nil {
		w.faults.step(d, w.now)
	}
	d.advance(w.now)
	for {
		b, ok := d.nextUpload(w.now)
		if !ok {
			break
		}
		for _, e := range b.Events {
			if _, paused := d.paused[laneOf(eventOf(e).record)]; paused {
				w.t.fatalf("event %s is sent, though its lane is paused", eventOf(e).record.InsertID)
			}
		}
		w.uploads = append(w.uploads, flying{b, w.amplitude.generation})
	}
	w.check()
}
