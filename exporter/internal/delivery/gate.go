package delivery

import "time"

// gate stops all sending while Amplitude as a whole does not answer usefully: it
// is down, refuses the key, or keeps us out. When its wait is over it lets one
// batch at a time through as a probe. Any useful answer opens it.
type gate struct {
	failures int     // in a row
	until    instant // nothing is sent before
	// refused is set from the first refusal of the key to the first useful answer.
	refused bool
	// epoch rises with every change. An answer to a batch that was sent in an
	// earlier epoch is no news: batches in flight together fail together.
	epoch int
}

// open tells whether a batch may be sent, given how many are in flight. A single
// failure does not narrow the gate: the batch that failed waits by itself.
func (g *gate) open(now instant, flying, maxInFlight int) bool {
	if now < g.until {
		return false
	}
	if g.refused || g.failures > 1 {
		maxInFlight = 1
	}
	return flying < maxInFlight
}

// pass notes a useful answer to a batch sent in an epoch.
func (g *gate) pass(epoch int) {
	if epoch != g.epoch || g.failures == 0 && !g.refused {
		return
	}
	*g = gate{epoch: g.epoch + 1}
}

// retry lets a probe through at once: the reason for the refusals may be gone.
// Answers to what was sent before are no news then.
func (g *gate) retry() {
	if g.refused {
		*g = gate{refused: true, epoch: g.epoch + 1}
	}
}

// fail notes an answer of a class that concerns more than its batch.
func (g *gate) fail(c class, epoch int, now instant, retryAfter time.Duration, random float64) {
	if c == setup {
		g.refused = true
	}
	if epoch == g.epoch {
		g.failures++
		g.epoch++
		g.until = now + g.wait(c, random)
	}
	g.until = max(g.until, now+retryAfter)
}

func (g *gate) wait(c class, random float64) time.Duration {
	switch {
	case c == setup:
		return keyLadder.half(g.failures-1, random)
	case c == forbidden:
		return forbiddenLadder.half(g.failures-1, random)
	case g.failures > 1:
		return transientLadder.full(g.failures-2, random)
	default:
		return 0
	}
}
