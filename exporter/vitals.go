package exporter

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/metrics"
)

// vitals are what the delivery tells of itself. The zero value is ready.
type vitals struct {
	mu       sync.Mutex // guards what follows
	requests int64
	sent     int64 // events in them
	answers  map[string]int64
	refused  bool
	parked   int
	lag      time.Duration
	parcels  []*parcel // in the order of their arrival, from the oldest not settled
}

// answered counts an upload of so many events and the class of its answer.
func (v *vitals) answered(events int, class string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.answers == nil {
		v.answers = make(map[string]int64)
	}
	v.requests++
	v.sent += int64(events)
	v.answers[class]++
}

func (v *vitals) arrived(p *parcel) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.parcels = append(v.parcels, p)
}

// settled forgets the parcels at the front of which nothing is open. It is called
// by the goroutine that settles.
func (v *vitals) settled() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(v.parcels) > 0 && v.parcels[0].open == 0 {
		v.parcels[0] = nil
		v.parcels = v.parcels[1:]
	}
}

// observe notes what the scheduler says of itself.
func (v *vitals) observe(refused bool, parked int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.refused, v.parked = refused, parked
}

// accepted notes how old an event was when it was accepted.
func (v *vitals) accepted(lag time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lag = max(lag, 0)
}

// snapshot is the state for metrics.
func (x *Exporter) snapshot(ctx context.Context) metrics.Snapshot {
	s := metrics.Snapshot{Ledger: x.Ledger(), Queue: x.queueSnapshot(ctx)}
	v := &x.vitals
	v.mu.Lock()
	defer v.mu.Unlock()
	s.Requests, s.EventsSent, s.Answers = v.requests, v.sent, maps.Clone(v.answers)
	s.KeyRefused, s.Parked, s.Lag = v.refused, v.parked, v.lag
	var oldest time.Time
	if s.Queue != nil {
		oldest = s.Queue.Oldest
	}
	if len(v.parcels) > 0 && (oldest.IsZero() || v.parcels[0].since.Before(oldest)) {
		oldest = v.parcels[0].since
	}
	if !oldest.IsZero() {
		s.OldestHeld = max(x.cfg.Clock.Now().Sub(oldest), 0)
	}
	return s
}

// queueSnapshot is nil for a queue that does not answer.
func (x *Exporter) queueSnapshot(ctx context.Context) *metrics.Queue {
	if x.durable == nil {
		var q metrics.Queue
		if memory, ok := x.queue.(interface{ Bytes() int64 }); ok {
			q.Bytes = memory.Bytes()
		}
		return &q
	}
	stock, err := x.stock(ctx)
	if err != nil {
		x.log.Warn("metrics lack those of the queue", "err", err)
		return nil
	}
	q := &metrics.Queue{
		Bytes:       int64(stock.Bytes + stock.ParkedBytes), //nolint:gosec // bounded by the disk
		DeadLetters: int64(stock.DeadLetters),               //nolint:gosec // the same
		Oldest:      stock.Oldest,
		Corrupt:     stock.Corrupt,
		Damaged:     stock.Damaged,
	}
	return q
}
