package main

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// farEnd asks a simulator what became of the events there, for the live view. After
// the first failure it stops asking.
type farEnd struct {
	client *control.Client // nil when nobody can tell
	key    string
	before *control.Ledger // as it was at first; counts of a key never end
}

// there are counts of events at the simulator.
type there struct {
	accepted, throttled uint64
}

func (f *farEnd) ask(ctx context.Context) (t there, ok bool) {
	if f.client == nil {
		return t, false
	}
	ctx, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	defer stop()
	l, err := f.client.Ledger(ctx, f.key)
	if err != nil {
		f.client = nil
		return t, false
	}
	if f.before == nil {
		f.before = &l
	}
	return there{
		accepted:  l.Outcomes[control.Accepted] - f.before.Outcomes[control.Accepted],
		throttled: throttled(&l) - throttled(f.before),
	}, true
}

// throttled leaves out the neighbors of throttled events.
func throttled(l *control.Ledger) uint64 {
	return l.Outcomes[control.Throttled] - l.Reasons["throttled/neighbor"]
}
