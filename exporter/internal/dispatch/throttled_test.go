package dispatch

import (
	"strconv"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
)

// The lanes are bounded. Those whose episode is over make room, but not every new one
// looks for it: a walk over all lanes for each would stop the deliveries.
func TestThrottledLanes_bound(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	end := start.Add(time.Hour)
	over := end.Add(sameEpisode)
	var x throttledLanes
	throttle := func(device string, now, until time.Time) {
		x.Record(now, &delivery.Throttle{Lane: delivery.LaneID{ID: device}, Until: until}, &amplitude.Answer{})
	}
	remembered := func(device string) bool {
		_, known := x.lanes[delivery.LaneID{ID: device}]
		return known
	}
	for i := range maxLanes {
		throttle(strconv.Itoa(i), start, end)
	}
	for _, step := range []struct {
		device     string
		now        time.Time
		remembered bool
		lanes      int
	}{
		{"too many", start, false, maxLanes},
		{"all but over", over.Add(-time.Millisecond), false, maxLanes},
		{"over, and just looked for room", over.Add(time.Millisecond), false, maxLanes},
		{"over", over.Add(forgetInterval), true, 1},
	} {
		throttle(step.device, step.now, step.now.Add(time.Hour))
		if got := remembered(step.device); got != step.remembered || len(x.lanes) != step.lanes {
			t.Errorf("%s: remembered %v among %d lanes, want %v among %d", step.device, got, len(x.lanes), step.remembered, step.lanes)
		}
	}
}
