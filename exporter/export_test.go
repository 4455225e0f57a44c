package exporter

import (
	"context"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// LimitQueue replaces the queue by one with room for so many events.
func (x *Exporter) LimitQueue(events int) { x.queue = queue.NewMemory(events, maxQueuedBytes) }

// ParkedDevices is the number of devices whose events wait in a durable queue.
func (x *Exporter) ParkedDevices(ctx context.Context) (int, error) {
	s, err := x.stock(ctx)
	return s.ParkedLanes, err
}
