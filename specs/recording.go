package specs

import (
	"context"
	"sync"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// bench is what a suite works with.
type bench struct {
	target Target
	corpus *corpus
}

// recording is traffic that is made when the first spec asks for it, and judged by
// each spec that does. Specs may so run alone and in any order, and those about
// the same traffic do not repeat it.
type recording struct {
	bench *bench
	make  func(context.Context, *bench) (verdict.Traffic, error)

	once    sync.Once // guards the rest
	traffic verdict.Traffic
	err     error
}

func (b *bench) record(scenario func(context.Context, *bench) (verdict.Traffic, error)) *recording {
	return &recording{bench: b, make: scenario}
}

func (r *recording) get(ctx context.Context) (verdict.Traffic, error) {
	r.once.Do(func() { r.traffic, r.err = r.make(ctx, r.bench) })
	return r.traffic, r.err
}

// sweep posts every case of every event type to one exporter.
func sweep(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	sent, optional, dropped := b.corpus.all()
	return s.deliver(ctx, sent, optional, dropped)
}
