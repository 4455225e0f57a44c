package runner

import (
	"testing"
	"time"
)

func TestDelayRatio(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		stressed, calm, posts time.Duration
		want                  float64
	}{
		"quiet machine":                         {40 * ms, 4 * ms, 10 * ms, 1},
		"others waited":                         {500 * ms, 4 * ms, 10 * ms, 2},
		"always slow":                           {600 * ms, 500 * ms, 10 * ms, 1.2},
		"busy machine":                          {712 * ms, 20 * ms, 677 * ms, 1},
		"busy machine, and others waited":       {1980 * ms, 20 * ms, 677 * ms, 2.64},
		"posts held as long as one pause of 1s": {975 * ms, 20 * ms, 975 * ms, 1.3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := delayRatio(c.stressed, c.calm, c.posts); got != c.want {
				t.Errorf("ratio %v, want %v", got, c.want)
			}
		})
	}
}
