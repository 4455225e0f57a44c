package dispatch

import (
	"context"
	"errors"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// What is stored of pauses follows each call, whatever other processes store, and a
// lane is as it was when it cannot be stored.
func TestDispatcher_PauseLane(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(seeded(1), true, faults{})
	w.disk.faults = false
	first := w.processes[0].dispatcher
	stored := func() map[string]bool {
		all, err := first.storedPauses(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, p := range all {
			ids[p.ID] = true
		}
		return ids
	}
	if _, err := first.PauseLane(ctx, "device:a"); err != nil || !stored()["a"] {
		t.Fatalf("%v, stored %v: want a when PauseLane returns", err, stored())
	}
	other := w.begin().dispatcher // another process on the same queue
	if _, paused := other.paused[delivery.LaneID{ID: "a"}]; !paused {
		t.Error("the other process does not continue with the pause of a")
	}
	if _, err := first.PauseLane(ctx, "device:b"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.PauseLane(ctx, "user:c"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.ResumeLane(ctx, "user:c"); err != nil {
		t.Fatal(err)
	}
	if got := stored(); !got["a"] || !got["b"] || got["c"] {
		t.Errorf("stored %v, want a and b", got)
	}
	w.disk.refuseState = true
	if _, err := first.PauseLane(ctx, "device:d"); err == nil || stored()["d"] {
		t.Errorf("%v, stored %v: want an error and no d", err, stored())
	}
	if _, paused := first.paused[delivery.LaneID{ID: "d"}]; paused {
		t.Error("d is paused, though that is not stored")
	}
}

// watchedQueue records in which order Run calls two methods.
type watchedQueue struct {
	queue.Queue
	calls    chan string
	received context.CancelFunc
	fails    error // of State
}

func (q *watchedQueue) State(ctx context.Context, key string) ([]byte, bool, error) {
	q.calls <- "read " + key
	if q.fails != nil {
		return nil, false, q.fails
	}
	return q.Queue.State(ctx, key)
}

func (q *watchedQueue) Receive(ctx context.Context) (queue.Chunk, error) {
	q.calls <- "receive"
	q.received()
	<-ctx.Done()
	return queue.Chunk{}, ctx.Err()
}

// No event is received before the pauses are known: one of a paused lane would be sent.
func TestRun_readsPausesBeforeEvents(t *testing.T) {
	t.Parallel()
	for _, fails := range []error{nil, errModel} {
		w := newWorld(seeded(1), true, faults{})
		w.disk.faults = false
		p := w.processes[0]
		if _, err := p.dispatcher.PauseLane(context.Background(), "device:a"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		q := &watchedQueue{Queue: p.queue, calls: make(chan string, 10), received: cancel, fails: fails}
		cfg := p.dispatcher.cfg
		cfg.Queue = q
		d := New(cfg)
		if err := d.Run(ctx, nil, false); !errors.Is(err, fails) {
			t.Fatalf("Run: %v, want %v", err, fails)
		}
		cancel()
		close(q.calls)
		for call := range q.calls {
			if call == "receive" {
				t.Fatalf("an event is received before %q is read", pausedKey)
			}
			if call == "read "+pausedKey {
				break
			}
		}
		if _, paused := d.paused[delivery.LaneID{ID: "a"}]; paused == (fails != nil) {
			t.Errorf("a is paused: %t, with %v", paused, fails)
		}
	}
}
