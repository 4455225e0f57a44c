package delivery

import "time"

// breaker is a circuit breaker for Amplitude as a whole. It stops all sending while
// Amplitude is down, refuses the key, or keeps us out. When its wait is over it lets one
// batch at a time through as a probe. Any useful response closes it.
type breaker struct {
	failures int     // in a row
	class    class   // of the last of them
	until    elapsed // nothing is sent before
	// refused is set from the first refusal of the key to the first useful response.
	refused bool
	// epoch rises with every change. A response to a batch of an earlier epoch is
	// ignored: concurrent uploads fail together and must count as one failure.
	epoch int
}

// allows reports whether a batch may be sent, given how many are under way. A single
// failure allows as many as before: the batch that failed waits by itself.
func (b *breaker) allows(now elapsed, uploads, maxUploads int) bool {
	if now < b.until {
		return false
	}
	if b.refused || b.failures > 1 {
		maxUploads = 1
	}
	return uploads < maxUploads
}

// succeed records a useful response to a batch sent in an epoch.
func (b *breaker) succeed(epoch int) {
	if epoch != b.epoch || b.failures == 0 && !b.refused {
		return
	}
	*b = breaker{epoch: b.epoch + 1}
}

// reset lets a probe through at once: the reason for the refusals may be gone.
// Responses to what was sent before are ignored then.
func (b *breaker) reset() {
	if b.refused {
		*b = breaker{refused: true, epoch: b.epoch + 1}
	}
}

// fail records a response of a class that concerns more than its batch.
func (b *breaker) fail(c class, epoch int, now elapsed, retryAfter time.Duration, random float64) {
	if c == authFailure {
		b.refused = true
	}
	if epoch == b.epoch {
		b.failures++
		b.class = c
		b.epoch++
		b.until = now + b.wait(c, random)
	}
	b.until = max(b.until, now+retryAfter)
}

func (b *breaker) wait(c class, random float64) time.Duration {
	switch {
	case c == authFailure:
		return keyBackoff.equalJitter(b.failures-1, random)
	case c == forbidden:
		return forbiddenBackoff.equalJitter(b.failures-1, random)
	case c == foreign && b.failures > 1:
		return foreignBackoff.equalJitter(b.failures-2, random)
	case b.failures > 1:
		return transientBackoff.fullJitter(b.failures-2, random)
	default:
		return 0
	}
}
