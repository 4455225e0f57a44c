package dispatch

import (
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// world is a queue, one process or two that share it, and a model of Amplitude. Each step is
// one thing that can happen.
type world struct {
	t         *trial
	now       time.Time
	disk      *modelDisk
	amplitude *modelAmplitude
	random    float64

	processes []*process
	batches   []*queue.Batch // that could not be stored yet

	events int
	faults faults // that the dispatchers are given; none in the test of the property
	gone   int64  // events in the ledgers of processes that have crashed
	again  int64  // events that were settled, or delayed, and are received once more

	checkpoint Checkpoint // of the queue, after so many commits
	checked    int
}

type modelClock struct{ w *world }

func (c modelClock) Now() time.Time                       { return c.w.now }
func (c modelClock) After(time.Duration) <-chan time.Time { return nil }

func newWorld(t *trial, shared bool, f faults) *world {
	w := &world{t: t, faults: f, now: start, amplitude: newModelAmplitude(t)}
	w.random = float64(t.draw(100)) / 100
	w.disk = newModelDisk(t, shared, func() time.Time { return w.now })
	w.disk.onCopy = func(id string) {
		w.amplitude.copies[id]++
		w.amplitude.excused[id]++
		w.again++
	}
	w.begin()
	if shared {
		w.begin()
		for i := range w.disk.partitions {
			w.processes[i%2].queue.gain(i)
		}
	}
	return w
}

// begin starts a process.
func (w *world) begin() *process {
	p := newProcess(w)
	w.processes = append(w.processes, p)
	return p
}

// pick draws a process.
func (w *world) pick() *process {
	if len(w.processes) == 1 {
		return w.processes[0]
	}
	return w.processes[w.t.draw(len(w.processes))]
}

// settleDown does what Run does after each thing that has happened, and checks.
func (w *world) settleDown() {
	for _, p := range w.processes {
		p.settleDown()
	}
	for _, p := range w.processes {
		p.check()
	}
}
