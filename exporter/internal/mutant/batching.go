package mutant

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// batching are defects of the size of requests.
var batching = []Mutant{
	{
		Name: "batches-without-limit", Defect: "puts all that is at hand into one request",
		upload: func(g *rig, next sender) sender { return (&gathering{rig: g, next: next}).send },
	},
}

// gathering joins the uploads that come within a moment into one.
type gathering struct {
	rig  *rig
	next sender

	mu      sync.Mutex // guards what follows
	events  []json.RawMessage
	waiting []chan answered
}

type answered struct {
	answer answer
	err    error
}

func (g *gathering) send(ctx context.Context, u upload) (answer, error) {
	const moment = 150 * time.Millisecond
	mine := make(chan answered, 1)
	g.mu.Lock()
	first := len(g.waiting) == 0
	g.events, g.waiting = append(g.events, u.events...), append(g.waiting, mine)
	g.mu.Unlock()
	if first {
		g.rig.wait(ctx, moment)
		g.mu.Lock()
		all, waiting := u.of(g.events), g.waiting
		g.events, g.waiting = nil, nil
		g.mu.Unlock()
		a, err := g.next(ctx, all)
		for _, w := range waiting {
			w <- answered{a, err}
		}
	}
	select {
	case got := <-mine:
		return got.answer, got.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}
