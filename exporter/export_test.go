package exporter

import (
	"context"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// LimitQueue replaces the queue by one with room for so many events.
func (x *Exporter) LimitQueue(events int) {
	if err := x.useMemory(events); err != nil {
		panic(err)
	}
}

// Keep stores records as an exporter did that could not map them.
func (x *Exporter) Keep(ctx context.Context, records ...mapping.Record) error {
	in := x.newBatch("test", func(int64, error) {})
	for _, r := range records {
		if err := in.take(r, nil); err != nil {
			return err
		}
	}
	return x.store(ctx, in)
}

// ParkedDevices is the number of devices whose events wait in a durable queue.
func (x *Exporter) ParkedDevices(ctx context.Context) (int, error) {
	s, err := x.queueStats(ctx)
	return s.DelayedLanes, err
}
