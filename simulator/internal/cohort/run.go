package cohort

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run does what the syncs are due to do now, and sets the timer for what comes
// next. To be called after the clock has been moved. When it returns and the context
// has not ended, all that was due has been tried; what failed is due later on the
// clock. Requests that a partner leaves unanswered go on without the caller.
func (r *Registry) Run(ctx context.Context) {
	r.mu.Lock()
	now := r.clock.Now()
	var passes []<-chan struct{}
	for _, c := range r.sorted() {
		if c.sync == nil {
			continue
		}
		if due, _ := Due([]*Sync{c.sync}, now); len(due) > 0 {
			passes = append(passes, r.start(c))
		}
	}
	r.setTimer(now)
	r.mu.Unlock()
	wait(ctx, passes...)
}

// setTimer waits for the first of the syncs that are not due yet. The registry must be
// locked.
func (r *Registry) setTimer(now time.Time) {
	r.stop()
	if _, next := Due(r.syncs(), now); !next.IsZero() && r.ctx.Err() == nil {
		r.stop = r.clock.AfterFunc(next, func() { r.Run(r.ctx) })
	}
}

func (r *Registry) syncs() []*Sync {
	var list []*Sync
	for _, c := range r.cohorts {
		if c.sync != nil {
			list = append(list, c.sync)
		}
	}
	return list
}

// attempt sends what a sync has to send, without holding the lock.
func (r *Registry) attempt(c *cohort, now time.Time) {
	r.mu.Lock()
	c.busy = true
	send := c.sync.Begin(c.title(), c.members, now)
	r.mu.Unlock()

	var result Result
	if send.Title != "" {
		result.Title = r.push(c, send.Title)
	}
	if result.Title == nil {
		result.Batches = r.pushAll(c, send.Batches)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	c.sync.End(result, now)
	if c.busy = false; c.again {
		c.again = false
		c.sync.Restart(r.clock.Now())
	}
}

func (r *Registry) push(c *cohort, title string) error {
	return r.cause(c.partner.name(r.ctx, r.client, c.id, title, c.created))
}

// pushAll sends batches, several at a time.
func (r *Registry) pushAll(c *cohort, batches [][]Change) []error {
	results := make([]error, len(batches))
	var wg sync.WaitGroup
	free := make(chan struct{}, parallel)
	for i, batch := range batches {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			results[i] = r.cause(c.partner.change(r.ctx, r.client, c.id, batch))
		})
	}
	wg.Wait()
	return results
}

// cause shortens an error of the connection to its cause: the whole names the URL.
func (r *Registry) cause(err error) error {
	if _, answered := errors.AsType[statusError](err); err == nil || answered {
		return err
	}
	if r.ctx.Err() != nil {
		return errors.New("the simulator is closing")
	}
	return errors.New("partner not reached, or no answer in time")
}
