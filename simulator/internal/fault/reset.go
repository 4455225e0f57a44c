package fault

import (
	"math/rand/v2"

	"github.com/ammeter/ammeter/simulator/control"
)

// reset breaks the connection with a TCP RST.
type reset struct{ taken float64 }

func newReset(f control.ResetFault) (effect, error) {
	return reset{f.Taken}, probability("reset: taken", f.Taken)
}

func (r reset) strike(draw *rand.Rand) Action {
	return Action{Kind: Reset, Taken: coin(draw, r.taken), End: RST}
}
