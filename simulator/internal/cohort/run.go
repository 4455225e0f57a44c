package cohort

import (
	"errors"
	"sync"
	"time"
)

// Run does what the syncs are due to do now, and sets the timer for what comes
// next. To be called after the clock has been moved. When it returns, all that was
// due has been tried; what failed is due later on the clock.
func (r *Registry) Run() {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.run()
}

func (r *Registry) run() {
	if r.ctx.Err() != nil {
		return
	}
	// One reading for all: a clock that runs fast must not keep this going. Then
	// it ends, as every attempt moves its sync behind now, a late retry together
	// with the run after it.
	now := r.clock.Now()
	for due := r.due(now); len(due) > 0; due = r.due(now) {
		for _, c := range due {
			r.attempt(c, now)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
	if _, next := Due(r.syncs(), now); !next.IsZero() {
		r.stop = r.clock.AfterFunc(next, r.Run)
	}
}

// due returns the cohorts whose sync is due.
func (r *Registry) due(now time.Time) []*cohort {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, _ := Due(r.syncs(), now)
	var list []*cohort
	for _, c := range r.sorted() {
		for _, s := range due {
			if c.sync == s {
				list = append(list, c)
			}
		}
	}
	return list
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
	send := c.sync.Begin(c.title(), c.members, now)
	r.mu.Unlock()

	var result Result
	if send.Title != "" {
		result.Title = r.tell(c, send.Title)
	}
	if result.Title == nil {
		result.Batches = r.tellAll(c, send.Batches)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	c.sync.End(result, now)
}

func (r *Registry) tell(c *cohort, title string) error {
	return r.cause(c.partner.name(r.ctx, r.client, c.id, title, c.created))
}

// tellAll sends batches, several at a time.
func (r *Registry) tellAll(c *cohort, batches [][]Change) []error {
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
