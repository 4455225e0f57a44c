package dispatch

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"
)

var (
	seeds = flag.Int("seeds", 3000, "number of seeds of the property test")
	first = flag.Uint64("seed", 0, "the first of them")
)

// TestDispatcher_anythingCanHappen takes random steps, and then those that finish
// everything. Half of the trials are of two processes that share a queue, between which
// partitions are lost and gained. Whatever has happened: no event is lost, none is counted
// twice but those that a process had settled, or delayed, without an acknowledgement when
// it lost them, each lane is in order, nothing is sent again without a reason, and only the
// throttled and the paused wait.
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
	w.disk.faults = false
	w.changeKey()
	clear(w.amplitude.noisy)
	noisy := w.device()
	w.resumeAll()
	if w.t.drawBool() {
		for _, p := range w.processes {
			p.setPaused(true, noisy)
		}
	} else {
		w.amplitude.noisy[noisy] = true
	}
	for len(w.batches) > 0 {
		w.pick().store()
	}
	const longestWait = 10 * time.Minute // of probes, pauses and pacing
	deadline := w.now.Add(longestWait)
	w.deliverUntil("all but the throttled device", func() bool { return w.isDelivered(noisy) })
	if w.now.After(deadline) {
		w.t.fatalf("others had to wait %v for a throttled device", w.now.Sub(deadline)+longestWait)
	}
	clear(w.amplitude.noisy)
	w.resumeAll()
	w.deliverUntil("everything", w.isSettled)
	w.checkEnd()
}

func (w *world) resumeAll() {
	for _, p := range w.processes {
		for id := range p.dispatcher.paused {
			p.setPaused(false, id.ID)
		}
	}
}

// isSettled reports whether the queue and all ledgers hold nothing.
func (w *world) isSettled() bool {
	return w.disk.isEmpty() && !slices.ContainsFunc(w.processes, func(p *process) bool { return p.ledger.Held() > 0 })
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
		before, isIdle := w.now, true
		for _, p := range w.processes {
			p.gain()
			p.round()
			p.commit()
			w.settleDown()
			isIdle = p.isIdle() && isIdle
		}
		if isIdle && w.now.Equal(before) && !done() {
			w.wakeUp(false)
		}
	}
	for _, p := range w.processes {
		w.t.step(fmt.Sprintf("a process has ledger %+v, %d in flight, %d uploads", p.ledger.Counts(), p.dispatcher.inflight.events, len(p.uploads)))
	}
	w.t.fatalf("%s is not delivered; queue empty: %v", what, w.disk.isEmpty())
}

// isIdle reports whether a process can only wait.
func (p *process) isIdle() bool {
	d := p.dispatcher
	return len(p.uploads) == 0 && (len(d.tasks) == 0 || d.inflight.events == 0) && (d.hasEnough() || !p.queue.hasReady())
}
