package loadgen

import (
	"math/rand/v2"
)

// Rounds is the mix that covers everything: it takes the payloads in rounds,
// each payload once a round in an order drawn from the seed, and spreads the
// events evenly over the devices.
type Rounds struct {
	Seed uint64
	// Payloads is the number of payloads, at least 1.
	Payloads int
	// Devices is the size of the population, 0 to leave ids as they are.
	Devices int
}

var _ Mix = Rounds{}

// Start implements Mix.
func (r Rounds) Start() func(*Event) {
	rng := rand.New(rand.NewPCG(r.Seed, 0x726f756e6473))
	order := make([]int32, r.Payloads)
	for i := range order {
		order[i] = int32(i)
	}
	next := len(order)
	return func(e *Event) {
		if next == len(order) {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			next = 0
		}
		e.Payload = order[next]
		next++
		if r.Devices > 0 {
			e.Device = rng.Int32N(int32(r.Devices))
		}
	}
}
