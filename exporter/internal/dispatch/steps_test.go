package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

type step struct {
	name string
	take func()
}

// steps are what can happen; what is in the list twice is more likely. A step that
// cannot happen now does nothing. The simple ones are first, since failures are shrunk
// toward them.
func (w *world) steps() []step {
	common := []step{
		{"round", w.round},
		{"receive", w.receive},
		{"take over", w.takeOver},
		{"answer", func() { w.answer(true) }},
		{"store", w.store},
		{"run task", w.runTask},
		{"task ends", w.taskEnds},
		{"commit", w.commit},
		{"wake", func() { w.wakeUp(true) }},
	}
	rare := []step{
		{"wait", w.wait},
		{"make noisy", func() { w.amplitude.noisy[w.device()] = true }},
		{"make quiet", func() { clear(w.amplitude.noisy) }},
		{"name nothing", func() { w.amplitude.mute = !w.amplitude.mute }},
		{"break key", func() { w.amplitude.keyOK = false }},
		{"mend key", func() { w.amplitude.keyOK = true }},
		{"mend key", func() { w.amplitude.keyOK = true }},
		{"change key", w.changeKey},
		{"pause lane", func() { w.setPaused(true, w.device()) }},
		{"resume lane", func() { w.setPaused(false, w.device()) }},
		{"look at lanes", func() { w.dispatcher.Lanes("", 10) }},
		{"revoke", w.revoke},
		{"crash", w.crash},
	}
	return slices.Concat(common, common, common, rare)
}

// round is what happens most of the time.
func (w *world) round() {
	w.receive()
	w.takeOver()
	w.settleDown()
	w.answer(false)
	w.runTask()
	w.taskEnds()
}

func (w *world) wait() {
	waits := []time.Duration{10 * time.Millisecond, time.Second, time.Minute, time.Hour, 49 * time.Hour}
	w.now = w.now.Add(waits[w.t.draw(len(waits))])
}

func (w *world) device() string { return fmt.Sprint("d", w.t.draw(4)) }

// store puts some events, or what could not be stored before.
func (w *world) store() {
	if len(w.batches) == 0 {
		b := &queue.Batch{Repeated: true}
		for range 1 + w.t.draw(12) {
			w.events++
			r := mapping.Record{DeviceID: w.device(), InsertID: fmt.Sprint("e", w.events), Wire: []byte("12345"), Time: 1}
			b.Records = append(b.Records, r)
			lane := laneOf(&r).ID
			w.amplitude.byLane[lane] = append(w.amplitude.byLane[lane], r.InsertID)
			if w.t.draw(16) == 15 {
				w.amplitude.bad[r.InsertID] = true
			}
		}
		w.batches = append(w.batches, b)
	}
	if w.queue.Store(context.Background(), w.batches[0]) == nil {
		w.batches = nil
	}
}

func (w *world) receive() {
	if w.onItsWay != nil {
		return
	}
	if c, err := w.queue.Receive(context.Background()); err == nil {
		w.onItsWay = &c
	}
}

func (w *world) takeOver() {
	if w.onItsWay == nil || w.dispatcher.isFull() {
		return
	}
	c := *w.onItsWay
	w.onItsWay = nil
	c.Records = slices.Clone(c.Records) // they are the dispatcher's
	w.dispatcher.onChunk(w.now, c)
}

func (w *world) answer(faults bool) {
	if len(w.uploads) == 0 {
		return
	}
	i := 0
	if faults {
		i = w.t.draw(len(w.uploads))
	}
	u := w.uploads[i]
	w.uploads = slices.Delete(w.uploads, i, i+1)
	a, err := w.amplitude.answer(u.batch.Events, u.generation, faults)
	if err != nil {
		a = amplitude.Answer{}
	}
	if w.faults.answer != nil {
		w.faults.answer(&a)
	}
	before := w.dispatcher.key.refused
	w.dispatcher.onUpload(w.now, upload{u.batch, a, err})
	isNews := a.KeyRefused && u.generation == w.amplitude.generation
	if !before && w.dispatcher.key.refused && !isNews {
		w.t.fatalf("the key is taken for refused after %+v to one of generation %d of %d", a, u.generation, w.amplitude.generation)
	}
}

// passDropped notes which events may be dropped for a refused key: those that are
// stored when the queue is asked for its position. Others need not wait for them.
func (w *world) passDropped() {
	for _, b := range w.queue.blocks {
		for _, r := range b.records {
			w.amplitude.passed[r.InsertID] = true
		}
	}
}

func (w *world) runTask() {
	if w.result != nil || len(w.dispatcher.tasks) == 0 {
		return
	}
	w.result = w.dispatcher.nextTask().run(context.Background())
}

func (w *world) taskEnds() {
	if w.result == nil {
		return
	}
	done := w.result
	w.result = nil
	done(w.now)
}

func (w *world) commit() { _ = w.committer.commit(context.Background()) }

// wakeUp lets time pass until the dispatcher or the queue has something to do. Looking
// for losses, which a dispatcher does without events in flight, can be left out.
func (w *world) wakeUp(losses bool) {
	at, ok := w.dispatcher.wake()
	ok = ok && (losses || w.dispatcher.inflight.events > 0)
	for _, d := range w.queue.delayed {
		if until := w.queue.until[d.lane]; !d.done && !d.out && until.After(w.now) && (!ok || until.Before(at)) {
			at, ok = until, true
		}
	}
	if ok && at.After(w.now) {
		w.now = at
	}
}

func (w *world) changeKey() {
	w.amplitude.keyOK = true
	w.amplitude.generation++
	w.dispatcher.onKeyChanged(w.now)
}

// setPaused pauses or resumes the lane of a device.
func (w *world) setPaused(pauses bool, device string) {
	d, id := w.dispatcher, delivery.LaneID{ID: device}
	if d.storePause(context.Background(), w.now, id, pauses) != nil {
		return
	}
	if pauses {
		d.pause(w.now, id, w.now)
	} else {
		d.resume(w.now, id)
	}
}

// revoke takes a partition back. When that is confirmed, another process delivers some
// of it and gives it back.
func (w *world) revoke() {
	partition := w.t.draw(2)
	if !w.queue.shared || w.revoked[partition] != nil {
		return
	}
	blocks := w.t.draw(4)
	w.revoked[partition] = func() {
		delete(w.revoked, partition)
		w.deliverElsewhere(partition, blocks)
		w.queue.giveBack(partition)
	}
	w.excuse()
	confirmed := w.revoked[partition]
	w.dispatcher.onRevocation(w.now, queue.Revocation{Chunks: w.queue.revoke(partition), Confirm: confirmed})
}

// deliverElsewhere is the other process: it delivers what is delayed, and blocks.
func (w *world) deliverElsewhere(partition, blocks int) {
	if blocks == 0 {
		return
	}
	deliver := func(records []mapping.Record, moved map[string]bool) {
		for _, r := range records {
			switch {
			case moved[r.InsertID]:
			case w.amplitude.bad[r.InsertID]:
				w.queue.letters[r.InsertID] = true
			default:
				w.amplitude.excused[r.InsertID] = true
				w.amplitude.takeOne(laneOf(&r).ID, r.InsertID, true)
			}
		}
	}
	for _, d := range w.queue.delayed {
		if !d.done && partitionOf(&d.records[0]) == partition {
			deliver(d.records, nil)
			d.done = true
		}
	}
	for _, b := range w.queue.blocks {
		if b.done || b.partition != partition || blocks == 0 {
			continue
		}
		blocks--
		deliver(b.records, b.moved)
		b.done = true
	}
}

// excuse lets all events be sent again: the process that had the answers is gone.
func (w *world) excuse() {
	for id := range w.amplitude.taken {
		w.amplitude.excused[id] = true
	}
}

// crash ends the process and starts another. Uploads under way arrive, or do not.
func (w *world) crash() {
	for _, u := range w.uploads {
		if w.amplitude.isFine(u.batch.Events) && u.generation == w.amplitude.generation && w.t.drawBool() {
			w.amplitude.take(u.batch.Events, false)
		}
	}
	w.excuse()
	for _, confirmed := range w.revoked {
		confirmed()
	}
	w.queue.crash()
	w.begin()
}
