package exporter

import (
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/metrics"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// reading is which input is being read. Inputs are read one after another. The zero
// value is ready, and safe for concurrent use.
type reading struct {
	mu       sync.Mutex // guards what follows
	input    *source.Input
	finished int64
}

// begin returns what ends the reading of an input.
func (r *reading) begin(in *source.Input) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.input = in
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.input = nil
	}
}

// finish counts an input that was read to its end and is stored.
func (r *reading) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished++
}

func (r *reading) snapshot(now time.Time) metrics.Input {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := metrics.Input{Finished: r.finished}
	if r.input == nil {
		return s
	}
	s.Reading, s.Size, s.Position = true, r.input.Size(), r.input.Position()
	if written := r.input.Written(); !written.IsZero() {
		s.Age = max(now.Sub(written), 0)
	}
	return s
}
