package dispatch

import (
	"flag"
	"fmt"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", 3000, "number of seeds of the property test")
	first = flag.Uint64("seed", 0, "the first of them")
)

// TestDispatcher_anythingCanHappen takes random steps, and then those that finish
// everything. Whatever has happened: no event is lost, none is counted twice, each lane
// is in order, nothing is sent again without a reason, and only the throttled and the
// paused wait.
func TestDispatcher_anythingCanHappen(t *testing.T) {
	t.Parallel()
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		if trial := seeded(seed); !trial.run(anything) {
			trial.report(t, fmt.Sprintf("seed %d (go test -run anythingCanHappen -seed %d -seeds 1)", seed, seed), anything)
		}
	}
}

// FuzzDispatcher looks for decisions that no seed comes upon.
func FuzzDispatcher(f *testing.F) {
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if trial := (&trial{bytes: bytes}); !trial.run(anything) {
			trial.report(t, "this input", anything)
		}
	})
}

// anything is one trial.
func anything(t *trial) { anythingWith(t, faults{}) }

func anythingWith(t *trial, f faults) {
	w := newWorld(t, t.drawBool(), f)
	steps := w.steps()
	for range 4 * t.draw(32) {
		next := steps[t.draw(len(steps))]
		t.step(next.name)
		next.take()
		w.settleDown()
	}
	w.finish()
}

// finish mends everything but a device that stays noisy, delivers what is left, then
// mends that too, and looks at the end.
func (w *world) finish() {
	w.queue.faults = false
	w.changeKey()
	clear(w.amplitude.noisy)
	noisy := w.device()
	w.resumeAll()
	if w.t.drawBool() {
		w.setPaused(true, noisy)
	} else {
		w.amplitude.noisy[noisy] = true
	}
	for len(w.batches) > 0 {
		w.store()
	}
	const longestWait = 10 * time.Minute // of probes, pauses and pacing
	deadline := w.now.Add(longestWait)
	w.deliverUntil("all but the throttled device", func() bool { return w.isDelivered(noisy) })
	if w.now.After(deadline) {
		w.t.fatalf("others had to wait %v for a throttled device", w.now.Sub(deadline)+longestWait)
	}
	clear(w.amplitude.noisy)
	w.resumeAll()
	w.deliverUntil("everything", func() bool { return w.queue.isEmpty() && w.ledger.Held() == 0 })
	w.checkEnd()
}

func (w *world) resumeAll() {
	for id := range w.dispatcher.paused {
		w.setPaused(false, id.ID)
	}
}

// isDelivered reports whether all events of other devices are settled. Dead letters are
// stored with their chunks, which may have events of the device.
func (w *world) isDelivered(noisy string) bool {
	for lane, ids := range w.amplitude.byLane {
		if lane == noisy {
			continue
		}
		for _, id := range ids {
			if !w.amplitude.taken[id] && !w.amplitude.bad[id] && !w.amplitude.passed[id] {
				return false
			}
		}
	}
	return true
}

func (w *world) deliverUntil(what string, done func() bool) {
	for range 5000 {
		if done() {
			return
		}
		before := w.now
		w.round()
		w.commit()
		w.settleDown()
		isIdle := len(w.dispatcher.tasks) == 0 || w.dispatcher.inflight.events == 0
		waits := w.dispatcher.isFull() || !w.queue.hasReady()
		if w.now.Equal(before) && len(w.uploads) == 0 && isIdle && waits {
			w.wakeUp(false)
		}
	}
	w.t.fatalf("%s is not delivered: ledger %+v, %d in flight, %d uploads, queue empty: %v",
		what, w.ledger.Counts(), w.dispatcher.inflight.events, len(w.uploads), w.queue.isEmpty())
}
