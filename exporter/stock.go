package exporter

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

const (
	// stockPatience is how long a status page waits for the queue to tell of
	// itself. Only a cluster can take so long.
	stockPatience = 2 * time.Second
	// stockReserve is the room below which a durable queue counts as full: what a
	// post of usual size takes, and in a small queue a part of it.
	stockReserve     = 1 << 20
	stockReservePart = 16
)

// stock is what a durable queue holds.
func (x *Exporter) stock(ctx context.Context) (jetstream.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, stockPatience)
	defer cancel()
	s, err := x.durable.Stats(ctx)
	if err != nil {
		return s, fmt.Errorf("take stock: %w", err)
	}
	return s, nil
}

// obstacle tells why the queue would not take a post; empty: it would.
func (x *Exporter) obstacle(ctx context.Context) string {
	const full = "queue is full"
	if x.durable == nil {
		if q, ok := x.queue.(interface{ Full() bool }); ok && q.Full() {
			return full
		}
		return ""
	}
	select {
	case <-x.durable.Failed():
		return "queue cannot be written: make room on its disk and restart"
	default:
	}
	if x.durable.IsDiskFull() {
		return "queue is full: make room on its disk, or wait for delivery to do so"
	}
	switch s, err := x.stock(ctx); {
	case err != nil:
		return "queue is not reachable"
	case s.Bytes+min(stockReserve, s.MaxBytes/stockReservePart) > s.MaxBytes:
		return full
	}
	return ""
}
