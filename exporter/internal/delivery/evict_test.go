package delivery

import (
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// A lane that is evicted passes its slot of a user on to another lane, which turns out to be
// over its quota: that one is evicted as well.
func TestScheduler_Evict_wokenLane(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{PerSecond: 1, LaneMax: 1})
	add := func(devices ...string) {
		for _, device := range devices {
			s.Add(start, &Event{DeviceID: device, UserID: "u1", Wire: []byte("{}")})
		}
	}
	add("d0")
	b, _ := s.Next(start)
	add("d1", "d1", "d2") // d1 is too long, and both wait for the slot
	s.Answer(start, b.ID, amplitude.Answer{Status: 200})
	s.advance(start.Add(window)) // d1 can send
	s.throttleByQuota(&s.devices, []string{"d1", "d2"})
	evicted := 0
	for range 2 {
		for _, lane := range s.Evict(start.Add(window)) {
			evicted += len(lane.Events)
		}
	}
	if evicted != 3 {
		t.Errorf("%d events are evicted of two lanes over their quota, want 3", evicted)
	}
}
