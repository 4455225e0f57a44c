package fault

import (
	"fmt"
	"math/rand/v2"

	"github.com/ammeter/ammeter/simulator/control"
)

// truncate breaks off in the body of the true answer.
type truncate struct{ keep int }

func newTruncate(f control.TruncateFault) (effect, error) {
	switch {
	case f.Bytes == nil:
		return truncate{HalfOfIt}, nil
	case *f.Bytes < 0:
		return nil, fmt.Errorf("truncate: bytes %d: want 0 or more", *f.Bytes)
	case *f.Bytes == 0:
		return truncate{Nothing}, nil
	}
	return truncate{*f.Bytes}, nil
}

func (t truncate) strike(*rand.Rand) Action { return Action{Kind: Truncate, Taken: true, Keep: t.keep} }
