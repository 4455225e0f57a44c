package exporter

import (
	"context"
	"errors"
	"math"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// errDraining is returned for what is to be stored after the exporter has stopped
// taking events.
var errDraining = errors.New("exporter takes no more events")

// admission counts the posts and chunks that are being stored. Once it is closed it
// lets no more in: after wait nothing follows.
type admission struct {
	inside *semaphore.Weighted
	closed atomic.Bool
}

func newAdmission() *admission {
	return &admission{inside: semaphore.NewWeighted(math.MaxInt64)}
}

// enter reports whether something may be stored. If so, leave must be called.
func (a *admission) enter() bool {
	if !a.inside.TryAcquire(1) {
		return false
	}
	if a.closed.Load() { // checked after Acquire: wait misses none that found it open
		a.leave()
		return false
	}
	return true
}

func (a *admission) leave() { a.inside.Release(1) }

func (a *admission) close() { a.closed.Store(true) }

func (a *admission) isClosed() bool { return a.closed.Load() }

// wait returns when nothing is being stored, or when ctx ends, with its error. The
// admission must be closed.
func (a *admission) wait(ctx context.Context) error {
	if err := a.inside.Acquire(ctx, math.MaxInt64); err != nil {
		return err
	}
	a.inside.Release(math.MaxInt64)
	return nil
}
