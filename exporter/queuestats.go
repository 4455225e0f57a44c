package exporter

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/metrics"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// statsTimeout is how long a status page waits for the stats of the queue. Only a
// cluster can take so long.
const statsTimeout = 2 * time.Second

// queueStats describes what the queue holds.
func (x *Exporter) queueStats(ctx context.Context) (queue.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, statsTimeout)
	defer cancel()
	s, err := x.queue.Stats(ctx)
	if err != nil {
		return s, fmt.Errorf("read stats of the queue: %w", err)
	}
	return s, nil
}

// QueuedBlocks returns how many blocks of events the queue holds, of one event at least and
// 1000 at most, deferred events included. Of a shared queue it includes what other
// exporters deliver.
func (x *Exporter) QueuedBlocks(ctx context.Context) (uint64, error) {
	s, err := x.queueStats(ctx)
	return s.Blocks + s.DelayedBlocks, err
}

// snapshot is the state for metrics.
func (x *Exporter) snapshot(ctx context.Context) metrics.Snapshot {
	s := metrics.Snapshot{Ledger: x.Ledger(), RefusedPosts: x.refused.snapshot(), Delivery: x.dispatcher.Stats(), Ready: x.unready(ctx) == nil}
	s.GraceLeft, s.HasGrace = x.graceLeft()
	s.Input = x.reading.snapshot(x.cfg.Clock.Now())
	oldest := s.Delivery.Oldest
	if q, err := x.queueStats(ctx); err != nil {
		x.log.Warn("metrics lack those of the queue", "err", err)
	} else {
		s.Queue = &q
		if !q.Oldest.IsZero() && (oldest.IsZero() || q.Oldest.Before(oldest)) {
			oldest = q.Oldest
		}
	}
	if !oldest.IsZero() {
		s.OldestHeld = max(x.cfg.Clock.Now().Sub(oldest), 0)
	}
	return s
}
