package jetstream_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// handClock is moved by hand. Its channels receive what a test sends to ringer.
type handClock struct {
	ahead  atomic.Int64 // of a fixed time
	asked  chan time.Duration
	ringer chan time.Time
}

func newHandClock() *handClock {
	return &handClock{asked: make(chan time.Duration), ringer: make(chan time.Time)}
}

// Now returns the time that the clock was moved to.
func (c *handClock) Now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.ahead.Load()))
}

// After says for how long it was called.
func (c *handClock) After(d time.Duration) <-chan time.Time {
	c.asked <- d
	return c.ringer
}

func (c *handClock) in(cfg jetstream.Config) jetstream.Config {
	cfg.Clock = c
	return cfg
}

// Delayed events wait by the clock of the configuration, not by that of the system.
func TestDelay_WaitsByTheGivenClock(t *testing.T) {
	t.Parallel()
	c := newHandClock()
	q := open(t, c.in(onePartition(t)))
	put(t, q, event("d", 1))
	block := next(t, q)
	back := make(chan queue.Chunk, 1)
	go func() {
		chunk, err := q.Receive(t.Context())
		if err != nil {
			t.Error(err)
		}
		back <- chunk
	}()
	delayed := []queue.Delayed{{Until: c.Now().Add(time.Hour), Records: block.Records, Chunks: []uint64{block.ID}}}
	if err := q.Delay(t.Context(), delayed); err != nil {
		t.Fatal(err)
	}
	for range 3 { // it looks once a minute, should the clock be set
		if d := <-c.asked; d != time.Minute {
			t.Errorf("waits for %v, want a minute at most", d)
		}
		c.ringer <- c.Now()
	}
	<-c.asked
	c.ahead.Add(int64(time.Hour))
	c.ringer <- c.Now()
	wantIDs(t, (<-back).Records, []mapping.Record{event("d", 1)})
}

// impatientClock waits for a millisecond, whatever it is asked for.
type impatientClock struct{ *handClock }

func (impatientClock) After(time.Duration) <-chan time.Time { return time.After(time.Millisecond) }

// The clock is set back by a day while events are delayed for an hour. They wait for that
// hour and not for a day more, whether the process goes on or another one takes over.
func TestDelay_ClockIsSetBack(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		c := newHandClock()
		cfg := c.in(onePartition(t))
		cfg.Clock = impatientClock{c}
		q := open(t, cfg)
		put(t, q, event("d", 1))
		block := next(t, q)
		err := q.Delay(t.Context(), []queue.Delayed{{Until: c.Now().Add(time.Hour), Records: block.Records, Chunks: []uint64{block.ID}}})
		if err != nil {
			t.Fatal(err)
		}
		commit(t, q, "delayed", block)
		c.ahead.Add(-int64(24 * time.Hour))
		if restart {
			q = killed(t, cfg)
		}
		nothing(t, q, 200*time.Millisecond)
		c.ahead.Add(int64(time.Hour))
		wantIDs(t, next(t, q).Records, []mapping.Record{event("d", 1)})
	}
}
