package exporter

import "github.com/ammeter/ammeter/exporter/internal/queue"

// LimitQueue replaces the queue by one with room for so many events.
func (x *Exporter) LimitQueue(events int) { x.queue = queue.NewMemory(events, maxQueuedBytes) }
