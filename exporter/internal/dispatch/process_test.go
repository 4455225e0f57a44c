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

// process is a dispatcher with its scheduler and its committer, between a model of the
// queue and one of Amplitude.
type process struct {
	w          *world
	t          *trial
	queue      *modelQueue
	dispatcher *Dispatcher
	committer  *Committer
	ledger     *ledger.Ledger
	uploads    []flying
	onItsWay   *queue.Chunk     // received and not taken over
	result     func(time.Time)  // of the task that has run
	finished   map[uint64]int64 // chunks, with the number of events settled
	revoking   map[int]bool     // partitions whose revocation is not confirmed
}

type flying struct {
	batch      delivery.Batch
	generation uint64
}

// newProcess starts a process.
func newProcess(w *world) *process {
	p := &process{w: w, t: w.t, queue: w.disk.open(), finished: map[uint64]int64{}, revoking: map[int]bool{}}
	p.queue.asked = w.passDropped
	var err error
	q := w.faults.queueOf(p.queue)
	p.committer, err = NewCommitter(q, 0, nil, func(ledger.Counts, error) { w.t.fatalf("dead letters are not kept") })
	if err != nil {
		w.t.fatalf("%v", err)
	}
	p.ledger = ledger.Resume(p.committer.Ledger())
	p.queue.counted = func(n int) { p.ledger.Add(ledger.Counts{Read: int64(n), Held: int64(n)}) }
	log := slog.New(slog.DiscardHandler)
	p.dispatcher = New(Config{
		Queue: q, Client: w.faults.clientOf(w.amplitude), Clock: modelClock{w}, Ledger: p.ledger, Committer: p.committer,
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
	p.dispatcher.maxEvents, p.dispatcher.enoughLanes = 25, 3
	finish := p.dispatcher.inflight.finish
	p.dispatcher.inflight.finish = func(a Ack) {
		p.finished[a.Chunk] = a.Outcome.Settled()
		finish(a)
	}
	if err := errors.Join(p.dispatcher.loadKey(context.Background()), p.dispatcher.loadPauses(context.Background())); err != nil {
		w.t.fatalf("%v", err)
	}
	return p
}

// settleDown does what Run does after each thing that has happened.
func (p *process) settleDown() {
	d, w := p.dispatcher, p.w
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
				p.t.fatalf("event %s is sent, though its lane is paused", eventOf(e).record.InsertID)
			}
		}
		p.uploads = append(p.uploads, flying{b, w.amplitude.generation})
	}
}

// crash ends the process. Uploads under way arrive, or do not.
func (p *process) crash() {
	a := p.w.amplitude
	for _, u := range p.uploads {
		if a.isFine(u.batch.Events) && u.generation == a.generation && p.t.drawBool() {
			a.take(u.batch.Events, false)
		}
	}
	p.w.excuse()
	p.w.gone += p.ledger.Counts().Settled()
	for _, c := range p.dispatcher.inflight.open {
		p.w.again += c.outcome.Settled()
	}
	for id := range p.queue.out {
		p.w.again += p.finished[id]
	}
	p.queue.crash()
}

// lose takes a partition from the process. Another process may begin with it at once, or
// when nothing of it is in flight here.
func (p *process) lose(partition int, atOnce bool) {
	p.w.excuse()
	chunks := p.queue.lose(partition)
	if len(chunks) == 0 {
		return // as the real queue
	}
	for _, id := range chunks {
		p.w.again += p.finished[id]
	}
	if !atOnce {
		p.queue.partitions[partition].releasing = p.queue
	}
	p.revoking[partition] = true
	p.dispatcher.onRevocation(p.w.now, queue.Revocation{Chunks: chunks, Confirm: func() {
		p.wantNothingInFlight(chunks)
		delete(p.revoking, partition)
		if p.queue.partitions[partition].releasing == p.queue {
			p.queue.partitions[partition].releasing = nil
		}
	}})
}

func (p *process) wantNothingInFlight(chunks []uint64) {
	for _, u := range p.uploads {
		for _, e := range u.batch.Events {
			for _, id := range chunks {
				if eventOf(e).chunk.id == id {
					p.t.fatalf("a revocation is confirmed while event %s of it is in flight", eventOf(e).record.InsertID)
				}
			}
		}
	}
}
