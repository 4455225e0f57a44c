package specs

import (
	"context"
	"math/rand/v2"
	"sync"
)

// prefetch records the traces that the specs will ask for, n at a time and in the order of
// a seed: most of the time of a trace is waiting for a pause to pass. A spec whose trace has
// not been begun records it itself, so no spec waits for the traces of others. The function
// that is returned ends what is under way. It is to be called when the specs have ended.
func (s *suite) prefetch(ctx context.Context, specs []spec, seed int64, n int) (stop func()) {
	if s.replay != nil || s.target.APIKey != "" {
		return func() {} // nothing is recorded, or one exporter and one key serve all
	}
	needed := s.needed(specs)
	order := rand.New(rand.NewPCG(uint64(seed), 0))
	order.Shuffle(len(needed), func(i, j int) { needed[i], needed[j] = needed[j], needed[i] })
	queue := make(chan *trace, len(needed))
	for _, t := range needed {
		queue <- t
	}
	close(queue)
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for range n - 1 { // the specs record one, too
		workers.Go(func() {
			for t := range queue {
				if ctx.Err() != nil {
					return
				}
				bounded, done := context.WithTimeout(ctx, s.specTimeout())
				t.ready(bounded)
				done()
			}
		})
	}
	return func() {
		cancel()
		workers.Wait()
	}
}

// needed are the traces that the specs ask for.
func (s *suite) needed(specs []spec) []*trace {
	var needed []*trace
	seen := map[*trace]bool{}
	for _, sp := range specs {
		if _, decided := s.target.decidedByClaims(sp.catalogRow(), s.events.set); decided {
			continue
		}
		t := s.traceOf(sp.scenario)
		for _, one := range append([]*trace{t}, t.inputs...) {
			if !seen[one] {
				seen[one], needed = true, append(needed, one)
			}
		}
	}
	return needed
}
