package loadgen

import (
	"context"
	"time"
)

// dispatch releases the sends of the plan when they are due, until the plan or ctx
// ends. It never waits for a sender: that would turn the open model into a
// closed one and hide the subject's stalls.
//
// It waits with a timer, whose grain is about a millisecond; spinning through
// the rest would take a core from the subject to gain what no threshold on a
// network can see.
func (r *run) dispatch(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	next, now := r.plan.Start(), time.Duration(-1)
	for p := r.getJob(); next(&p.Send); p = r.getJob() {
		// Reading the clock only when the last reading does not do is what lets
		// one goroutine release a million sends per second.
		if p.At > now {
			now = r.since()
		}
		if p.At > now {
			timer.Reset(p.At - now)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			now = r.since()
		} else if ctx.Err() != nil {
			return
		}
		p.at = now
		r.rec.due(&p.Send)
		r.scaleUp(ctx, p, now)
		select {
		case r.queue <- p:
		default:
			r.rec.dropped(&p.Send)
			r.putJob(p)
		}
	}
	r.rest(ctx, timer)
}

// rest waits until the end of the plan, which may be after its last send.
func (r *run) rest(ctx context.Context, timer *time.Timer) {
	timer.Reset(r.plan.Duration - r.since())
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *run) putJob(p *job) {
	select {
	case r.free <- p:
	default:
	}
}
