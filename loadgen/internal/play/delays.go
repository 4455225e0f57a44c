package play

import (
	"slices"
	"time"
)

// noticeable is the shortest delay that counts in a ratio. A busy machine makes
// millisecond delays differ by factors that mean nothing.
const noticeable = 250 * time.Millisecond

// delays are those of some events, in no order.
type delays []time.Duration

// quantile is the smallest delay that a share q of all do not exceed; 0 of none.
func (d delays) quantile(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	rank := int(q*float64(len(d)) + 0.999999)
	return d[min(max(rank, 1), len(d))-1]
}

// ratio is the 99th percentile of d in terms of another, both counted as at least
// noticeable.
func (d delays) ratio(other delays) float64 {
	return float64(max(d.quantile(0.99), noticeable)) / float64(max(other.quantile(0.99), noticeable))
}
