package runner

import (
	"strconv"
	"sync"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// outcome is how the target answered an event.
type outcome uint8

const (
	unsent  outcome = iota
	refused         // answered other than 2xx
	unknown         // no answer, or a 5xx
	taken
)

// outcomes keeps the best outcome of every event by its number. It is safe for
// concurrent use.
type outcomes struct {
	mu sync.Mutex
	of []outcome
}

func newOutcomes(distinct uint64) *outcomes { return &outcomes{of: make([]outcome, distinct)} }

// answered is called by the generator for every send.
func (f *outcomes) answered(s *loadgen.Send, what loadgen.Outcomes) {
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

// Unexpected counts the answers, and the requests without one, that the scenario does not
// expect.
func Unexpected(sc *scenario.Scenario, s *loadgen.Summary) (answers, failed uint64) {
	for status, times := range s.Statuses {
		if code, err := strconv.Atoi(status); err != nil || !sc.Expects(code) {
			answers += times
		}
	}
	if !sc.Expects(0) {
		failed = s.Sends.Failed
	}
	return answers, failed
}
