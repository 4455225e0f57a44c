package dispatch

import (
	"github.com/ammeter/ammeter/exporter/ledger"
)

// check holds after every step.
func (w *world) check() {
	d, f := w.dispatcher, w.dispatcher.inflight
	if f.events != d.scheduler.Len()+d.deferrals.count {
		w.t.fatalf("%d events in flight, but %d in the scheduler and %d deferred", f.events, d.scheduler.Len(), d.deferrals.count)
	}
	pending := 0
	for _, c := range f.open {
		pending += c.pending
	}
	l := w.ledger.Counts()
	if !l.Balanced() {
		w.t.fatalf("the ledger does not add up: %+v", l)
	}
	switch {
	case w.queue.shared && l.Held != int64(pending):
		w.t.fatalf("%d events held, %d in flight", l.Held, pending)
	case !w.queue.shared && l.Read != w.queue.stored:
		w.t.fatalf("%d events read, %d stored", l.Read, w.queue.stored)
	case !w.queue.shared && l.Held < int64(pending-w.beingDelayed()):
		w.t.fatalf("%d events held, %d in flight, of which %d are being delayed", l.Held, pending, w.beingDelayed())
	}
	if !w.queue.shared {
		w.checkCheckpoint()
	}
}

// beingDelayed is the number of events that the queue may have delayed, and redelivered,
// though the result has not reached the dispatcher.
func (w *world) beingDelayed() (n int) {
	for _, b := range w.dispatcher.deferrals.waiting[:w.dispatcher.deferrals.writing] {
		n += len(b.events)
	}
	return n
}

// checkCheckpoint checks the ledger with which a process would begin after a crash now:
// it holds exactly what would be received again.
func (w *world) checkCheckpoint() {
	if w.queue.unsure != nil {
		return
	}
	if w.queue.commits > w.checked {
		c, err := DecodeCheckpoint(w.queue.checkpoint)
		if err != nil {
			w.t.fatalf("%v", err)
		}
		w.checked, w.checkpoint = w.queue.commits, c
	}
	left := int64(0)
	for _, b := range w.queue.blocks {
		if !b.done {
			left += int64(len(b.records) - len(b.moved))
		}
	}
	for _, d := range w.queue.delayed {
		if !d.done {
			left += int64(len(d.records))
		}
	}
	held := w.queue.stored - w.checkpoint.Settled // as ledgerAt has it
	if c := w.checkpoint.Counts; held != left || c.Read != c.Settled() || c.Held != 0 {
		w.t.fatalf("after a crash %d events would be held and %d received: %+v", held, left, c)
	}
}

// checkEnd holds when everything is delivered.
func (w *world) checkEnd() {
	l := w.ledger.Counts()
	dead := int64(0)
	for lane, ids := range w.amplitude.byLane {
		for _, id := range ids {
			switch taken, letter := w.amplitude.taken[id], w.queue.letters[id]; {
			case !taken && !letter:
				w.t.fatalf("event %s of lane %s is lost", id, lane)
			case !taken && !w.amplitude.bad[id] && !w.amplitude.passed[id]:
				w.t.fatalf("event %s of lane %s is dropped, though it was not queued then", id, lane)
			case w.amplitude.bad[id]:
				dead++
			}
		}
	}
	if w.queue.shared {
		return
	}
	total := int64(w.events)
	if l.Read != total || l.Settled() != total || l.Held != 0 {
		w.t.fatalf("%d events, ledger %+v", total, l)
	}
	if l.Dropped[ledger.KeyExpired] == 0 && (l.Accepted != total-dead || l.DeadLettered["invalid_field"]+l.DeadLettered["refused"] != dead) {
		w.t.fatalf("%d events of which %d are refused, ledger %+v", total, dead, l)
	}
	if stored, _ := DecodeCheckpoint(w.queue.checkpoint); stored.Settled != total || stored.Counts.Accepted != l.Accepted {
		w.t.fatalf("stored ledger %+v, want %+v", stored.Counts, l)
	}
}
