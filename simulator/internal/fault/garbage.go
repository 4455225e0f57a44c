package fault

import (
	"fmt"
	"math/rand/v2"

	"github.com/ammeter/ammeter/simulator/control"
)

const (
	defaultGarbage = 64
	maxGarbage     = 1 << 20
)

// garbage sends random bytes for the body of the true answer.
type garbage struct{ bytes int }

func newGarbage(f control.GarbageFault) (effect, error) {
	if f.Bytes < 0 || f.Bytes > maxGarbage {
		return nil, fmt.Errorf("garbage: bytes %d: want 1 to %d", f.Bytes, maxGarbage)
	}
	if f.Bytes == 0 {
		f.Bytes = defaultGarbage
	}
	return garbage{f.Bytes}, nil
}

func (g garbage) strike(draw *rand.Rand) Action {
	body := make([]byte, g.bytes)
	for i := range body {
		body[i] = byte(draw.Uint32())
	}
	body[0] |= 0x80 // no JSON value starts like this, so it is never one by chance
	return Action{Kind: Garbage, Taken: true, Garbage: body}
}
