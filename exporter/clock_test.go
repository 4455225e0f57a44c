package exporter_test

import (
	"sync"
	"time"

	exporterclock "github.com/ammeter/ammeter/exporter/clock"
)

// clock stands still until it is advanced.
type clock struct {
	mu    sync.Mutex // guards what follows
	now   time.Time
	rings []ring
}

type ring struct {
	at time.Time
	c  chan time.Time
}

var _ exporterclock.Clock = (*clock)(nil)

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := ring{c.now.Add(d), make(chan time.Time, 1)}
	if d <= 0 {
		r.c <- c.now
	} else {
		c.rings = append(c.rings, r)
	}
	return r.c
}

// advance moves the clock, backward as well.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	var left []ring
	for _, r := range c.rings {
		if r.at.After(c.now) {
			left = append(left, r)
		} else {
			r.c <- c.now
		}
	}
	c.rings = left
}
