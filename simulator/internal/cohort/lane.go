package cohort

import (
	"context"
	"time"
)

// lane runs the syncs to one partner, one pass after the other, so that a partner that
// does not answer delays no other. It is there while it has something to do.
type lane struct {
	next chan struct{} // closed when the pass that is asked for and not begun is over; nil for none
}

// start requests a pass over the syncs to the partner of a cohort. The result is closed
// when a pass that began later than this call is over; it is nil if there is no partner to
// sync to. The registry must be locked.
func (r *Registry) start(c *cohort) (pass <-chan struct{}) {
	if c.sync == nil || r.ctx.Err() != nil {
		return nil
	}
	l := r.lanes[c.partner.base]
	if l == nil {
		l = new(lane)
		r.lanes[c.partner.base] = l
		r.atWork.Go(func() { r.work(c.partner.base, l) })
	}
	if l.next == nil {
		l.next = make(chan struct{})
	}
	return l.next
}

// work makes passes as long as they are requested.
func (r *Registry) work(base string, l *lane) {
	for {
		r.mu.Lock()
		pass := l.next
		if l.next = nil; pass == nil {
			delete(r.lanes, base)
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		r.pass(base)
		close(pass)
	}
}

// pass does what the syncs to a partner are due to do, and sets the timer for what
// comes next.
func (r *Registry) pass(base string) {
	// One reading for all: a clock that runs fast must not keep this going. Then
	// it ends, as every attempt moves its sync behind now, a late retry together
	// with the run after it.
	now := r.clock.Now()
	for due := r.due(base, now); len(due) > 0; due = r.due(base, now) {
		for _, c := range due {
			if r.ctx.Err() != nil {
				return
			}
			r.attempt(c, now)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.setTimer(now)
}

// due returns the cohorts whose sync to a partner is due.
func (r *Registry) due(base string, now time.Time) []*cohort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*cohort
	for _, c := range r.sorted() {
		if c.sync == nil || c.partner.base != base {
			continue
		}
		if due, _ := Due([]*Sync{c.sync}, now); len(due) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// wait returns when all passes are over, or with the context.
func wait(ctx context.Context, passes ...<-chan struct{}) {
	for _, pass := range passes {
		if pass == nil {
			continue
		}
		select {
		case <-pass:
		case <-ctx.Done():
			return
		}
	}
}
