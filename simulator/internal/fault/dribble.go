package fault

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

const (
	defaultPause = 100 * time.Millisecond
	maxPause     = time.Minute
)

// dribble sends the true answer slowly, a few bytes at a time.
type dribble struct {
	chunk int
	pause time.Duration
}

func newDribble(f control.DribbleFault) (effect, error) {
	if f.ChunkBytes < 0 {
		return nil, fmt.Errorf("dribble: chunk_bytes %d: want 1 or more", f.ChunkBytes)
	}
	pause, err := seconds("dribble: pause_seconds", f.PauseSeconds, maxPause)
	if err != nil {
		return nil, err
	}
	if pause == 0 {
		pause = defaultPause
	}
	return dribble{max(1, f.ChunkBytes), pause}, nil
}

func (d dribble) strike(*rand.Rand) Action {
	return Action{Kind: Dribble, Taken: true, Chunk: d.chunk, Pause: d.pause}
}
