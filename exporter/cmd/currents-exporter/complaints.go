package main

import (
	"fmt"
	"io"
	"sync"
)

// maxComplaints is how many bad events are named one by one.
const maxComplaints = 20

// complaints names bad events, the first few one by one and the rest by number.
type complaints struct {
	mu    sync.Mutex // guards what follows
	out   io.Writer
	count int
}

func (c *complaints) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	if c.count <= maxComplaints {
		fmt.Fprintf(c.out, "bad input: %v\n", err)
	}
}

func (c *complaints) summarize() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if more := c.count - maxComplaints; more > 0 {
		fmt.Fprintf(c.out, "bad input: %d more like these; the ledger counts them by reason\n", more)
	}
}
