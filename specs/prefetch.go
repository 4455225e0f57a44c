package specs

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
)

// prefetch records the traces that the specs will ask for, n at a time: most of the time of a
// trace is waiting for a pause to pass. A spec whose trace has not been begun records it itself,
// as the next one, so no spec waits for the traces of others. The function that is returned ends
// what is under way. It is to be called when the specs have ended.
func (s *suite) prefetch(ctx context.Context, specs []spec, seed int64, n int) (stop func()) {
	if s.replay != nil || s.target.APIKey != "" || n == 1 {
		return func() {} // nothing is recorded, or one after the other
	}
	needed := s.needed(inTurn(specs, seed))
	queue := make(chan *trace, len(needed))
	for _, t := range needed {
		queue <- t
	}
	close(queue)
	s.places = make(chan struct{}, n)
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for range n {
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

// inTurn returns the specs in the order of a seed, those whose scenarios take longest first: one
// that is begun last is waited for alone.
func inTurn(specs []spec, seed int64) []spec {
	specs = slices.Clone(specs)
	order := rand.New(rand.NewPCG(uint64(seed), 0))
	order.Shuffle(len(specs), func(i, j int) { specs[i], specs[j] = specs[j], specs[i] })
	turn := func(sp spec) int {
		switch {
		case sp.scenario.long:
			return 0
		case sp.catalogRow().Slow:
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(specs, func(a, b spec) int { return turn(a) - turn(b) })
	return specs
}

// place waits for one of the places at which traces are recorded, if their number is bounded.
// Those who wait get one in the order they came.
func (s *suite) place(ctx context.Context) (leave func()) {
	if s.places != nil {
		select {
		case s.places <- struct{}{}:
			return func() { <-s.places }
		case <-ctx.Done():
		}
	}
	return func() {}
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
