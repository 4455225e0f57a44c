package dispatch

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// faults make a dispatcher do something wrong, by what it sees of its surroundings.
type faults struct {
	queue  func(*modelQueue) queue.Queue
	client func(*modelAmplitude) Client
	answer func(*amplitude.Answer)           // that it sees in place of the real one
	step   func(d *Dispatcher, at time.Time) // done to it after each step
}

func (f faults) queueOf(q *modelQueue) queue.Queue {
	if f.queue == nil {
		return q
	}
	return f.queue(q)
}

func (f faults) clientOf(a *modelAmplitude) Client {
	if f.client == nil {
		return a
	}
	return f.client(a)
}

// TestProperty_findsFaults shows that the property is no empty promise: each fault that
// this exporter has had, or could have, breaks it within a few seeds.
func TestProperty_findsFaults(t *testing.T) {
	t.Parallel()
	const within = 3000 // seeds
	for _, row := range []struct {
		name string
		f    faults
	}{
		{"a commit that failed counts as done", faults{queue: onCommit(func(q *modelQueue, checkpoint []byte, chunks []uint64) error {
			_ = q.Commit(context.Background(), checkpoint, chunks...)
			return nil
		})}},
		{"chunks are acknowledged without the outcome of their events", faults{queue: onCommit(func(q *modelQueue, _ []byte, chunks []uint64) error {
			return q.Commit(context.Background(), q.checkpoint, chunks...)
		})}},
		{"dead letters that could not be stored count as kept", faults{queue: func(q *modelQueue) queue.Queue { return lettersLost{q} }}},
		{"a delay that failed counts as stored", faults{queue: func(q *modelQueue) queue.Queue { return delayLost{q} }}},
		{"later events overtake delayed ones", faults{queue: func(q *modelQueue) queue.Queue { return nothingDelayed{q} }}},
		{"a refused key drops what came later", faults{queue: func(q *modelQueue) queue.Queue { return farPosition{q} }}},
		{"what is settled of a chunk is forgotten when it is returned", faults{step: func(d *Dispatcher, _ time.Time) { clear(d.inflight.nacked) }}},
		{"an answer to the key before condemns the new one", faults{client: func(a *modelAmplitude) Client { return sameKey{a} }}},
		{"somebody between is believed", faults{answer: func(a *amplitude.Answer) { a.Foreign = false }}},
		{"a 5xx counts as a success", faults{answer: func(a *amplitude.Answer) {
			if a.Status == 503 {
				a.Status = 200
			}
		}}},
		{"a paused lane is resumed by itself", faults{step: func(d *Dispatcher, at time.Time) {
			for id := range d.paused {
				d.scheduler.Resume(at, id)
			}
		}}},
		{"events of a lane in the deferrals are overtaken", faults{step: func(d *Dispatcher, _ time.Time) { clear(d.deferrals.lanes) }}},
		{"revocations are confirmed while events are in flight", faults{step: func(d *Dispatcher, _ time.Time) {
			for i := range d.revocations.unconfirmed {
				d.revocations.unconfirmed[i].chunks = nil
			}
			d.revocations.Confirm()
		}}},
		{"a chunk that was revoked on its way is delivered", faults{step: func(d *Dispatcher, _ time.Time) { d.revocations.early = nil }}},
		{"a revoked chunk stays in the ledger", faults{step: func(d *Dispatcher, _ time.Time) {
			for _, c := range d.inflight.open {
				c.uncounted = false
			}
		}}},
		{"chunks of a lost partition are acknowledged", faults{queue: func(q *modelQueue) queue.Queue { return lateAcks{q, map[uint64]*modelOut{}} }}},
		{"a failed look for losses writes off what is stored", faults{queue: func(q *modelQueue) queue.Queue { return alwaysSpent{q} }}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			broken := func(t *trial) { anythingWith(t, row.f) }
			for seed := range uint64(within) {
				if trial := seeded(seed); !trial.run(broken) {
					t.Logf("seed %d: %s", seed, trial.failed)
					return
				}
			}
			t.Errorf("no seed below %d finds it", within)
		})
	}
}

// The queues below are the model, but for one method each.

type commits struct {
	*modelQueue
	do func(q *modelQueue, checkpoint []byte, chunks []uint64) error
}

func onCommit(do func(*modelQueue, []byte, []uint64) error) func(*modelQueue) queue.Queue {
	return func(q *modelQueue) queue.Queue { return commits{q, do} }
}

func (c commits) Commit(_ context.Context, checkpoint []byte, chunks ...uint64) error {
	return c.do(c.modelQueue, checkpoint, chunks)
}

type lettersLost struct{ *modelQueue }

func (q lettersLost) AddDeadLetters(ctx context.Context, letters []queue.DeadLetter) (int, error) {
	_, _ = q.modelQueue.AddDeadLetters(ctx, letters)
	return len(letters), nil
}

type delayLost struct{ *modelQueue }

func (q delayLost) Delay(ctx context.Context, delayed []queue.Delayed) error {
	_ = q.modelQueue.Delay(ctx, delayed)
	return nil
}

type nothingDelayed struct{ *modelQueue }

func (nothingDelayed) IsDelayed(*mapping.Record) bool { return false }

type farPosition struct{ *modelQueue }

func (q farPosition) Position(ctx context.Context) (queue.Position, error) {
	p, err := q.modelQueue.Position(ctx)
	return queue.Position{Main: p.Main + 2, Delayed: p.Delayed + 2}, err
}

type alwaysSpent struct{ *modelQueue }

func (alwaysSpent) IsSpent(context.Context) (bool, error) { return true, nil }

type lateAcks struct {
	*modelQueue
	received map[uint64]*modelOut
}

func (q lateAcks) Commit(ctx context.Context, checkpoint []byte, chunks ...uint64) error {
	maps.Copy(q.received, q.out)
	for _, id := range chunks {
		if o := q.received[id]; q.shared && o != nil && o.block != nil {
			o.block.done = true
		}
	}
	return q.modelQueue.Commit(ctx, checkpoint, chunks...)
}

type sameKey struct{ *modelAmplitude }

func (sameKey) Generation() uint64 { return 0 }
