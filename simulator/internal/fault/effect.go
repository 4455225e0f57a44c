package fault

import (
	"math/rand/v2"

	"github.com/ammeter/ammeter/simulator/control"
)

// effect is what a fault of one kind does to a request that it hits.
type effect interface {
	strike(draw *rand.Rand) Action
}

func newEffect(do control.FaultAction) (effect, error) {
	var made effect
	var err error
	kinds := 0
	add := func(given bool, compile func() (effect, error)) {
		if !given {
			return
		}
		if kinds++; kinds == 1 {
			made, err = compile()
		}
	}
	add(do.Status != nil, func() (effect, error) { return newStatus(*do.Status) })
	add(do.ServerError != nil, func() (effect, error) { return newServerError(*do.ServerError) })
	add(do.WAF != nil, func() (effect, error) { return newWAF(*do.WAF) })
	add(do.Latency != nil, func() (effect, error) { return newLatency(*do.Latency) })
	add(do.Reset != nil, func() (effect, error) { return newReset(*do.Reset) })
	add(do.EmptyReply != nil, func() (effect, error) { return newEmptyReply(*do.EmptyReply) })
	add(do.Truncate != nil, func() (effect, error) { return newTruncate(*do.Truncate) })
	add(do.Garbage != nil, func() (effect, error) { return newGarbage(*do.Garbage) })
	add(do.Dribble != nil, func() (effect, error) { return newDribble(*do.Dribble) })
	if kinds != 1 {
		return nil, errNotOne
	}
	return made, err
}

// coin tells whether something of probability p happens. It always draws.
func coin(draw *rand.Rand, p float64) bool { return draw.Float64() < p }
