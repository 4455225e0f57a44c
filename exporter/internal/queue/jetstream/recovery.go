package jetstream

import (
	"fmt"
	"time"
)

// Waits before the embedded server is started anew after a write that failed: at
// first, and at most when it fails again and again.
const (
	recoverInterval    = time.Second
	recoverIntervalMax = time.Minute
)

// recoverServer starts the embedded server anew when a write has failed and the disk
// takes writes again: the server refuses all that follows a failed one. Until then Store
// returns the cause, and what was received can still be delivered.
func (q *Queue) recoverServer() {
	wait := recoverInterval
	var last time.Time
	for {
		select {
		case <-q.server.Failure():
		case <-q.ctx.Done():
			return
		}
		now := q.cfg.Clock.Now()
		if wait *= 2; now.Sub(last).Abs() > 2*recoverIntervalMax {
			wait = recoverInterval
		}
		wait = min(wait, recoverIntervalMax)
		last = now
		q.log.Error("queue cannot be written, will try again by itself", "err", q.server.Err())
		if !q.awaitRecovery(wait) {
			return
		}
		q.log.Info("queue can be written again")
	}
}

// awaitRecovery returns false when the queue is closed before.
func (q *Queue) awaitRecovery(wait time.Duration) bool {
	said := ""
	for {
		select {
		case <-time.After(wait):
		case <-q.ctx.Done():
			return false
		}
		err := q.restartServer()
		if err == nil {
			return true
		}
		if text := err.Error(); text != said {
			said = text
			q.log.Warn("queue still cannot be written", "err", err)
		}
	}
}

func (q *Queue) restartServer() error {
	if err := q.server.Restart(); err != nil {
		return err
	}
	err := q.recoverStreams()
	if err != nil {
		q.server.Fail(err)
	}
	return err
}

// recoverStreams makes the consumers anew. What was received stays so: the partitions
// see that deliveries begin anew and pass over what they hold.
func (q *Queue) recoverStreams() error {
	if err := q.nc.ForceReconnect(); err != nil {
		return fmt.Errorf("connect to the server in the process: %w", err)
	}
	ctx := q.ctx
	var err error
	for range 100 { // until the connection has found the server
		info, infoErr := q.main.Info(ctx)
		if err = infoErr; err == nil {
			if known := q.progress.lastBlock(); info.State.LastSeq < known {
				// New blocks would get the numbers of those that are gone.
				q.server.MarkDamaged()
				return fmt.Errorf("%w: blocks are missing: start again", ErrStorage)
			}
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return classify("ask for queue state", err)
	}
	for _, p := range q.partitions {
		if _, err := q.main.CreateOrUpdateConsumer(ctx, q.consumerConfig(p.number)); err != nil {
			return classify("make consumer "+p.name, err)
		}
	}
	return nil
}
