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
	of := func(take func(*process)) func() { return func() { take(w.pick()) } }
	common := []step{
		{"round", of((*process).round)},
		{"receive", of((*process).receive)},
		{"take over", of((*process).takeOver)},
		{"answer", of(func(p *process) { p.answer(true) })},
		{"store", of((*process).store)},
		{"run task", of((*process).runTask)},
		{"task ends", of((*process).taskEnds)},
		{"commit", of((*process).commit)},
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
		{"pause lane", of(func(p *process) { p.setPaused(true, w.device()) })},
		{"resume lane", of(func(p *process) { p.setPaused(false, w.device()) })},
		{"look at lanes", of(func(p *process) { p.dispatcher.Lanes("", 10) })},
		{"gain partition", of((*process).gain)},
		{"lose partition", w.losePartition},
		{"crash", w.crash},
	}
	return slices.Concat(common, common, common, rare)
}

// round is what happens most of the time.
func (p *process) round() {
	p.receive()
	p.takeOver()
	p.settleDown()
	p.answer(false)
	p.runTask()
	p.taskEnds()
}

func (w *world) wait() {
	waits := []time.Duration{10 * time.Millisecond, time.Second, time.Minute, time.Hour, 49 * time.Hour}
	w.now = w.now.Add(waits[w.t.draw(len(waits))])
}

func (w *world) device() string { return fmt.Sprint("d", w.t.draw(4)) }

// store puts some events, or what could not be stored before.
func (p *process) store() {
	w := p.w
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
	if p.queue.Store(context.Background(), w.batches[0]) == nil {
		w.batches = nil
	}
}

func (p *process) receive() {
	if p.onItsWay != nil {
		return
	}
	if c, err := p.queue.Receive(context.Background()); err == nil {
		p.onItsWay = &c
	}
}

func (p *process) takeOver() {
	if p.onItsWay == nil || p.dispatcher.hasEnough() {
		return
	}
	c := *p.onItsWay
	p.onItsWay = nil
	c.Records = slices.Clone(c.Records) // they are the dispatcher's
	p.dispatcher.onChunk(p.w.now, c)
}

func (p *process) answer(faults bool) {
	if len(p.uploads) == 0 {
		return
	}
	i := 0
	if faults {
		i = p.t.draw(len(p.uploads))
	}
	u := p.uploads[i]
	p.uploads = slices.Delete(p.uploads, i, i+1)
	w := p.w
	a, err := w.amplitude.answer(u.batch.Events, u.generation, faults)
	if err != nil {
		a = amplitude.Answer{}
	}
	if w.faults.answer != nil {
		w.faults.answer(&a)
	}
	before := p.dispatcher.key.refused
	p.dispatcher.onUpload(w.now, upload{u.batch, a, err})
	isNews := a.KeyRefused && u.generation == w.amplitude.generation
	if !before && p.dispatcher.key.refused && !isNews {
		p.t.fatalf("the key is taken for refused after %+v to one of generation %d of %d", a, u.generation, w.amplitude.generation)
	}
}

// passDropped notes which events may be dropped for a refused key: those that are
// stored when the queue is asked for its position. Others need not wait for them.
func (w *world) passDropped() {
	for _, b := range w.disk.blocks {
		for _, r := range b.records {
			w.amplitude.passed[r.InsertID] = true
		}
	}
}

func (p *process) runTask() {
	if p.result != nil || len(p.dispatcher.tasks) == 0 {
		return
	}
	p.result = p.dispatcher.nextTask().run(context.Background())
}

func (p *process) taskEnds() {
	if p.result == nil {
		return
	}
	done := p.result
	p.result = nil
	done(p.w.now)
}

func (p *process) commit() { _ = p.committer.commit(context.Background()) }

// wakeUp lets time pass until a dispatcher or the queue has something to do. Looking for
// losses, which a dispatcher does without events in flight, can be left out.
func (w *world) wakeUp(losses bool) {
	var at time.Time
	ok := false
	sooner := func(t time.Time) {
		if !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	for _, p := range w.processes {
		if t, waits := p.dispatcher.wake(); waits && (losses || p.dispatcher.inflight.events > 0) {
			sooner(t)
		}
	}
	for _, d := range w.disk.delayed {
		if until := w.disk.until[d.lane]; !d.done && !d.out && until.After(w.now) {
			sooner(until)
		}
	}
	if ok && at.After(w.now) {
		w.now = at
	}
}

func (w *world) changeKey() {
	w.amplitude.keyOK = true
	w.amplitude.generation++
	for _, p := range w.processes {
		p.dispatcher.onKeyChanged(w.now)
	}
}

// setPaused pauses or resumes the lane of a device in one process.
func (p *process) setPaused(pauses bool, device string) {
	d, id := p.dispatcher, delivery.LaneID{ID: device}
	if d.storePause(context.Background(), p.w.now, id, pauses) != nil {
		return
	}
	if pauses {
		d.pause(p.w.now, id, p.w.now)
	} else {
		d.resume(p.w.now, id)
	}
}

// gain gives a process a partition that no process has.
func (p *process) gain() {
	for i, partition := range p.queue.partitions {
		if partition == (modelPartition{}) && !p.revoking[i] {
			p.queue.gain(i)
			return
		}
	}
}

// losePartition takes a partition from its owner. Another process may begin with it at
// once, as if the lease of the owner had ended.
func (w *world) losePartition() {
	partition, atOnce := w.t.draw(2), w.t.drawBool()
	for _, p := range w.processes {
		if w.disk.shared && p.queue.owns(partition) {
			p.lose(partition, atOnce)
			return
		}
	}
}

// excuse lets all events that were taken be sent again, each copy once: the process that had
// the answers is gone.
func (w *world) excuse() {
	for id := range w.amplitude.taken {
		w.amplitude.excused[id] = 1 + w.amplitude.copies[id]
	}
}

// crash ends a process and starts another.
func (w *world) crash() {
	p := w.pick()
	p.crash()
	w.processes[slices.Index(w.processes, p)] = newProcess(w)
}
