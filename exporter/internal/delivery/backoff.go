package delivery

import "time"

// ladder is an exponential backoff: the step doubles from base up to top.
type ladder struct{ base, top time.Duration }

// step returns the n-th step, counting from zero.
func (l ladder) step(n int) time.Duration {
	d := l.base
	for range n {
		if d >= l.top {
			break
		}
		d *= 2
	}
	return min(d, l.top)
}

// full draws from the whole of a step: many senders that failed together come
// back spread out. random is in [0,1).
func (l ladder) full(n int, random float64) time.Duration {
	return time.Duration(random * float64(l.step(n)))
}

// half draws from the upper half of a step, for waits that must not be short.
func (l ladder) half(n int, random float64) time.Duration {
	d := l.step(n)
	return d/2 + time.Duration(random*float64(d/2))
}

var (
	// transientLadder is for 5xx, timeouts and broken connections.
	transientLadder = ladder{500 * time.Millisecond, time.Minute}
	// forbiddenLadder is for answers only a person can change, such as those of
	// a firewall, which an eager client makes worse.
	forbiddenLadder = ladder{5 * time.Second, 10 * time.Minute}
	// keyLadder is for probes with a refused key.
	keyLadder = ladder{time.Second, time.Minute}
)
