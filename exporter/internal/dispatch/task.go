package dispatch

import (
	"context"
	"time"
)

// task is input or output on the queue. It runs on the worker, one at a time and in
// order, and returns what the goroutine of Run does with the result.
type task struct {
	run  func(context.Context) (done func(now time.Time))
	last bool // it runs although the dispatcher ends
}

// run adds a task. It is dropped when the dispatcher ends before.
func (d *Dispatcher) run(do func(context.Context) func(time.Time)) {
	d.tasks = append(d.tasks, task{run: do})
}

// runLast adds a task that runs although the dispatcher ends before.
func (d *Dispatcher) runLast(do func(context.Context) func(time.Time)) {
	d.tasks = append(d.tasks, task{run: do, last: true})
}

// nextTask returns the next task.
func (d *Dispatcher) nextTask() task {
	next := d.tasks[0]
	d.tasks = append([]task(nil), d.tasks[1:]...)
	return next
}
