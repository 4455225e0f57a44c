package loadgen

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"
)

const (
	// scaleUpAfter is how long all senders must have been busy before there are more.
	// What falls due in one grain of the timer is released at once, and they are
	// through with it before the next; more of them would only take each other's
	// processor.
	scaleUpAfter = 3 * time.Millisecond
	// scaleUpOnTime is how late a request may be released for more senders to make sense:
	// when the machine is too busy to keep time, more connections only make it busier.
	scaleUpOnTime = time.Millisecond
)

// scaleUp starts another sender when p, released now, would find none free, and senders wait
// for answers. When they wait for a processor instead, another one takes it from them: the
// machine sends less the more there are, and the queue holds what is due meanwhile.
func (r *run) scaleUp(ctx context.Context, p *job, now time.Duration) {
	if int64(len(r.queue)) < r.idle.Load() {
		r.lastEnough = now
		return
	}
	if int(r.count.Load()) >= r.cfg.Senders || now-r.lastEnough < scaleUpAfter || now-p.At > scaleUpOnTime {
		return
	}
	if r.starved() {
		r.withheld++
		r.lastEnough = now
		return
	}
	r.addSender(ctx, func() {})
}

// starved reports whether more than two goroutines of this process for each processor could
// run and do not. A few do at any time, such as those whose answers came together.
func starved() bool {
	runnable := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
	metrics.Read(runnable)
	return runnable[0].Value.Uint64() > uint64(2*runtime.GOMAXPROCS(0))
}
