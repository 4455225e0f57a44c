package play

import (
	"sync"

	"github.com/ammeter/ammeter/loadgen"
)

// fate is what the target said of an event.
type fate uint8

const (
	unsent  fate = iota
	refused      // answered other than 2xx
	unknown      // no answer, or a 5xx
	taken
)

// fates keeps the best fate of every event by its number. It is safe for
// concurrent use.
type fates struct {
	mu sync.Mutex
	of []fate
}

func newFates(distinct uint64) *fates { return &fates{of: make([]fate, distinct)} }

// answered is called by the generator for every send.
func (f *fates) answered(s *loadgen.Send, what loadgen.Fates) {
	got := refused
	switch {
	case what.Accepted > 0:
		got = taken
	case what.Failed > 0:
		got = unknown
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range s.Events {
		n := s.Events[i].Number
		f.of[n] = max(f.of[n], got)
	}
}
