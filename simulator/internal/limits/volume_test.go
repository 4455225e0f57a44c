package limits_test

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// TestVolume_lateRequest takes requests in another order than they were stamped, as
// happens at the border of a second: the limit of the new second holds.
func TestVolume_lateRequest(t *testing.T) {
	t.Parallel()
	late, now := time.Unix(1000, 999_000_000), time.Unix(1001, 0)
	for _, c := range []struct {
		name   string
		limits limits.Limits
		events int
		want   int // requests taken
	}{
		{"events", limits.Limits{ProjectEvents: 100}, 50, 2},
		{"requests", limits.Limits{ProjectRequests: 3}, 1, 3},
	} {
		var v limits.Volume
		v.Take(late, limits.HTTPAPI, 0, &limits.Limits{ProjectEvents: 1})
		taken := 0
		for range 50 {
			for _, at := range []time.Time{now, late} {
				if _, over := v.Take(at, limits.HTTPAPI, c.events, &c.limits); !over {
					taken++
				}
			}
		}
		if taken != c.want {
			t.Errorf("%s: %d requests taken in one second, want %d", c.name, taken, c.want)
		}
		if _, over := v.Take(now.Add(time.Second), limits.HTTPAPI, c.events, &c.limits); over {
			t.Errorf("%s: the next second takes nothing", c.name)
		}
	}
}
