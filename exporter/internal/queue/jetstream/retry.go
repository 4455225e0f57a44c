package jetstream

import (
	"context"
	"errors"
	"time"
)

// A cluster that has just lost or gained a node does not answer for some seconds.
const (
	openAttempts = 6
	openPause    = time.Second
)

// patiently does something again as long as JetStream is not reachable, a few
// times at most.
func (q *Queue) patiently(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if attempt == openAttempts || !errors.Is(err, ErrUnavailable) || !q.cfg.shared() {
			return err
		}
		q.log.Warn("queue is not reachable, will retry", "attempt", attempt, "err", err)
		select {
		case <-time.After(openPause):
		case <-ctx.Done():
			return err
		}
	}
}
