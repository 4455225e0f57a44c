package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

const (
	// commitRetryInterval is the wait after a commit that failed.
	commitRetryInterval = time.Second
	commitTimeout       = 30 * time.Second
	// stopGrace is how long the end of the dispatcher waits for the last writes: a disk
	// that hangs must not keep the process from ending. What is not written is delivered
	// again.
	stopGrace = 5 * time.Second
)

// Flush cuts the wait before the next commit short.
func (c *Committer) Flush() {
	select {
	case c.commitNow <- struct{}{}:
	default:
	}
}

// run commits until ctx ends, and then once more. done is called after each commit,
// fail with what prevents one. After ctx has ended, all commits together have stopGrace.
func (c *Committer) run(ctx context.Context, done func(), fail func(error)) {
	committing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })()
	for {
		interval := c.interval
		select {
		case <-c.wake:
		case <-ctx.Done():
			if err := c.commit(committing); err != nil {
				fail(err)
			}
			return
		}
		if err := c.commit(committing); err == nil {
			done()
		} else {
			fail(err)
			interval = commitRetryInterval
		}
		if interval == 0 {
			continue
		}
		select {
		case <-time.After(interval):
		case <-c.commitNow:
		case <-ctx.Done():
		}
	}
}

// commit stores dead letters, then the checkpoint with the acks. What fails is tried
// again by the next commit.
func (c *Committer) commit(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	letters, acks, checkpoint, due := c.take()
	if !due {
		return nil
	}
	if len(letters) > 0 {
		unkept, err := c.storeDeadLetters(ctx, letters)
		if err != nil && !errors.Is(err, queue.ErrFull) && !errors.Is(err, queue.ErrNoDeadLetters) && c.keep == nil {
			c.putBack(unkept, acks)
			return fmt.Errorf("dead letters cannot be stored, their chunks stay in the queue: %w", err)
		}
		c.countUnkept(unkept, &checkpoint, err)
	}
	text, err := checkpoint.Encode()
	if err == nil {
		err = c.queue.Commit(ctx, text, acks...)
	}
	if err != nil {
		c.putBack(nil, acks)
		return fmt.Errorf("commit failed, will retry: %w", err)
	}
	return nil
}

// storeDeadLetters returns the dead letters that are not stored, and the last reason.
func (c *Committer) storeDeadLetters(ctx context.Context, letters []queue.DeadLetter) (unkept []queue.DeadLetter, err error) {
	if c.keep == nil {
		kept, err := c.queue.AddDeadLetters(ctx, letters)
		return letters[kept:], err
	}
	for i := range letters {
		if failure := c.keep(&letters[i]); failure != nil {
			unkept, err = append(unkept, letters[i]), failure
		}
	}
	return unkept, err
}

// countUnkept counts dead letters that are not kept, in the copy that is
// committed too. The oldest are kept: events must not wait for letters to be read.
func (c *Committer) countUnkept(letters []queue.DeadLetter, committed *Checkpoint, cause error) {
	if len(letters) == 0 {
		return
	}
	change := ledger.Counts{Unkept: map[string]int64{}}
	for i := range letters {
		change.Unkept[letters[i].Reason]++
	}
	committed.Counts.Add(change)
	c.mu.Lock()
	c.checkpoint.Counts.Add(change)
	c.mu.Unlock()
	c.unkept(change, cause)
}
