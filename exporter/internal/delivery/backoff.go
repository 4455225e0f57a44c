package delivery

import "time"

// backoff is an exponential backoff: the step doubles from base up to top.
type backoff struct{ base, top time.Duration }

// step returns the n-th step, counting from zero.
func (l backoff) step(n int) time.Duration {
	d := l.base
	for range n {
		if d >= l.top {
			break
		}
		d *= 2
	}
	return min(d, l.top)
}

// fullJitter draws from the whole of a step: many senders that failed together come
// back spread out. random is in [0,1).
func (l backoff) fullJitter(n int, random float64) time.Duration {
	return time.Duration(random * float64(l.step(n)))
}

// equalJitter draws from the upper half of a step, for waits that must not be short.
func (l backoff) equalJitter(n int, random float64) time.Duration {
	d := l.step(n)
	return d/2 + time.Duration(random*float64(d/2))
}

var (
	// transientBackoff is for 5xx, timeouts and broken connections.
	transientBackoff = backoff{500 * time.Millisecond, time.Minute}
	// forbiddenBackoff is for Amplitude's firewall, which an eager client makes worse.
	forbiddenBackoff = backoff{5 * time.Second, 10 * time.Minute}
	// foreignBackoff is for answers that are not Amplitude's. Their sender is not
	// known, so the wait is neither as short as for Amplitude nor as long as for a
	// firewall of hers.
	foreignBackoff = backoff{time.Second, time.Minute}
	// keyBackoff is for probes with a refused key.
	keyBackoff = backoff{time.Second, time.Minute}
)
