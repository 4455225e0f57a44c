package dispatch

import (
	"github.com/ammeter/ammeter/exporter/ledger"
)

// check holds after every step.
func (p *process) check() {
	d, f, disk := p.dispatcher, p.dispatcher.inflight, p.w.disk
	if f.events != d.scheduler.Len()+d.deferrals.count {
		p.t.fatalf("%d events in flight, but %d in the scheduler and %d deferred", f.events, d.scheduler.Len(), d.deferrals.count)
	}
	pending := 0
	for _, c := range f.open {
		pending += c.pending
	}
	l := p.ledger.Counts()
	if !l.Balanced() {
		p.t.fatalf("the ledger does not add up: %+v", l)
	}
	switch {
	case disk.shared && l.Held != int64(pending):
		p.t.fatalf("%d events held, %d in flight", l.Held, pending)
	case !disk.shared && l.Read != disk.stored:
		p.t.fatalf("%d events read, %d stored", l.Read, disk.stored)
	case !disk.shared && l.Held < int64(pending-p.beingDelayed()):
		p.t.fatalf("%d events held, %d in flight, of which %d are being delayed", l.Held, pending, p.beingDelayed())
	}
	if !disk.shared {
		p.w.checkCheckpoint()
	}
}

// beingDelayed is the number of events that the queue may have delayed, and redelivered,
// though the result has not reached the dispatcher.
func (p *process) beingDelayed() (n int) {
	for _, b := range p.dispatcher.deferrals.waiting[:p.dispatcher.deferrals.writing] {
		n += len(b.events)
	}
	return n
}

// checkCheckpoint checks the ledger with which a process would begin after a crash now:
// it holds exactly what would be received again.
func (w *world) checkCheckpoint() {
	if w.disk.unsure != nil {
		return
	}
	if w.disk.commits > w.checked {
		c, err := DecodeCheckpoint(w.disk.checkpoint)
		if err != nil {
			w.t.fatalf("%v", err)
		}
		w.checked, w.checkpoint = w.disk.commits, c
	}
	left := int64(0)
	for _, b := range w.disk.blocks {
		if !b.done {
			left += int64(len(b.records) - len(b.moved))
		}
	}
	for _, d := range w.disk.delayed {
		if !d.done {
			left += int64(len(d.records))
		}
	}
	held := w.disk.stored - w.checkpoint.Settled // as ledgerAt has it
	if c := w.checkpoint.Counts; held != left || c.Read != c.Settled() || c.Held != 0 {
		w.t.fatalf("after a crash %d events would be held and %d received: %+v", held, left, c)
	}
}

// checkEnd holds when everything is delivered.
func (w *world) checkEnd() {
	dead := int64(0)
	for lane, ids := range w.amplitude.byLane {
		for _, id := range ids {
			switch taken, letter := w.amplitude.taken[id], w.disk.letters[id]; {
			case !taken && !letter:
				w.t.fatalf("event %s of lane %s is lost", id, lane)
			case !taken && !w.amplitude.bad[id] && !w.amplitude.passed[id]:
				w.t.fatalf("event %s of lane %s is dropped, though it was not queued then", id, lane)
			case w.amplitude.bad[id]:
				dead++
			}
		}
	}
	total := int64(w.events)
	if w.disk.shared {
		settled := w.gone
		for _, p := range w.processes {
			settled += p.ledger.Counts().Settled()
		}
		if settled != total+w.again {
			w.t.fatalf("%d events, of which %d were received once more: %d are settled in all ledgers", total, w.again, settled)
		}
		return
	}
	l := w.processes[0].ledger.Counts()
	if l.Read != total || l.Settled() != total || l.Held != 0 {
		w.t.fatalf("%d events, ledger %+v", total, l)
	}
	if l.Dropped[ledger.KeyExpired] == 0 && (l.Accepted != total-dead || l.DeadLettered["invalid_field"]+l.DeadLettered["refused"] != dead) {
		w.t.fatalf("%d events of which %d are refused, ledger %+v", total, dead, l)
	}
	if stored, _ := DecodeCheckpoint(w.disk.checkpoint); stored.Settled != total || stored.Counts.Accepted != l.Accepted {
		w.t.fatalf("stored ledger %+v, want %+v", stored.Counts, l)
	}
}
