package runner

import "time"

// A delay counts in a ratio as at least noticeable: a busy machine makes short delays differ
// by factors that mean nothing. How busy it is shows in the answers to posts of the same
// time, for a delivery takes two requests, a post and an upload. The bound is less than any
// scenario's pause, so that an exporter cannot hide one by answering posts late.
const (
	noticeable    = 250 * time.Millisecond
	maxNoticeable = 750 * time.Millisecond
)

// ratio is the 99th percentile of the delays of others while hot devices were busy in terms
// of that while they were not. It returns false unless there are both.
func (a *journal) ratio() (float64, bool) {
	if a.stressed.TotalCount() == 0 || a.calm.TotalCount() == 0 {
		return 0, false
	}
	millis := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	return delayRatio(millis(a.stressed.ValueAtQuantile(99)), millis(a.calm.ValueAtQuantile(99)), a.posts), true
}

// delayRatio compares two delays. Posts is how long posts took at the time of the first.
func delayRatio(stressed, calm, posts time.Duration) float64 {
	least := min(max(2*posts, noticeable), maxNoticeable)
	return float64(max(stressed, least)) / float64(max(calm, least))
}
