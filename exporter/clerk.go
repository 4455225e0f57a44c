package exporter

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// Pauses of the clerk: between two commits, and after one that failed.
const (
	commitPause = 50 * time.Millisecond
	commitRetry = time.Second

	commitTimeout = 30 * time.Second
)

// clerk sees to it that a durable queue forgets the chunks that are done, and that
// the ledger survives the process. Both happen in one step, after the dead letters
// are stored, so that nothing is counted twice or not at all.
type clerk struct {
	queue *jetstream.Queue

	mu       sync.Mutex // guards what follows
	book     book
	finished []uint64
	letters  []jetstream.Letter
	dirty    bool
	wake     chan struct{} // holds a token when there is something to commit
}

// book is what is stored: the ledger of everything that is over and done with.
type book struct {
	Counts ledger.Counts `json:"counts"`
	// Taken is how many of these events went through the queue.
	Taken int64 `json:"taken"`
}

func newClerk(q *jetstream.Queue) (*clerk, error) {
	c := &clerk{queue: q, book: book{Counts: ledger.New()}, wake: make(chan struct{}, 1)}
	_, value := q.Progress()
	if value == nil {
		return c, nil
	}
	if err := json.Unmarshal(value, &c.book); err != nil {
		return nil, fmt.Errorf("read stored ledger: %w", err)
	}
	c.book.Counts.Add(ledger.New()) // makes the maps it came without
	return c, nil
}

// ledger returns the ledger with which the process begins: what is stored and not
// done is held.
func (c *clerk) ledger() ledger.Counts {
	put, _ := c.queue.Progress()
	counts := ledger.New()
	counts.Add(c.book.Counts)
	counts.Held = put - c.book.Taken
	counts.Read += counts.Held
	return counts
}

// turnedDown books what never goes through the queue.
func (c *clerk) turnedDown(counts ledger.Counts) {
	counts.Read -= counts.Held
	counts.Held = 0
	if counts.Read == 0 && len(counts.Faults) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.book.Counts.Add(counts)
	c.touch()
}

// finish takes a parcel over of which nothing is open.
func (c *clerk) finish(p *parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := p.outcome.Settled()
	p.outcome.Read = total
	c.book.Counts.Add(p.outcome)
	c.book.Taken += total
	c.finished = append(c.finished, p.id)
	c.letters = append(c.letters, p.letters...)
	c.touch()
}

// writeOff books events that were put and are gone.
func (c *clerk) writeOff(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.book.Counts.Add(ledger.Counts{Read: n, Dropped: map[string]int64{ledger.QueueDamaged: n}})
	c.book.Taken += n
	c.touch()
}

func (c *clerk) touch() {
	c.dirty = true
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run commits until ctx ends, and then once more. done is called after each
// commit, fail with what prevents one.
func (c *clerk) run(ctx context.Context, done func(), fail func(error)) {
	for {
		pause := commitPause
		select {
		case <-c.wake:
		case <-ctx.Done():
			if err := c.commit(ctx); err != nil {
				fail(err)
			}
			return
		}
		if err := c.commit(ctx); err == nil {
			done()
		} else {
			fail(err)
			pause = commitRetry
		}
		select {
		case <-time.After(pause): // for the disk's sake: nothing depends on it
		case <-ctx.Done():
		}
	}
}

// commit stores letters, ledger and progress. What fails is tried again the next
// time. The end of ctx does not interrupt it, for then nobody would know how far
// it came.
func (c *clerk) commit(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	letters, finished, value, err := c.take()
	if value == nil || err != nil {
		return err
	}
	if len(letters) > 0 {
		if err := c.queue.Bury(ctx, letters); err != nil {
			c.giveBack(letters, finished)
			return fmt.Errorf("dead letters cannot be stored, their chunks stay in the queue: %w", err)
		}
	}
	if err := c.queue.Commit(ctx, value, finished...); err != nil {
		c.giveBack(nil, finished)
		return fmt.Errorf("progress cannot be stored, chunks stay in the queue: %w", err)
	}
	return nil
}

func (c *clerk) take() (letters []jetstream.Letter, finished []uint64, value []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return nil, nil, nil, nil
	}
	if value, err = json.Marshal(c.book); err != nil {
		return nil, nil, nil, err
	}
	letters, finished = c.letters, c.finished
	c.letters, c.finished, c.dirty = nil, nil, false
	return letters, finished, value, nil
}

func (c *clerk) giveBack(letters []jetstream.Letter, finished []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.letters = append(letters, c.letters...)
	c.finished = append(finished, c.finished...)
	c.touch()
}
