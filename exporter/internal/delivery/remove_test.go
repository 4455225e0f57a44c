package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// Lanes wait for a user, and the events they wait with, or those before them, are taken
// away: the events that are left are sent.
func TestScheduler_Remove_waitingLanes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		prepare func(s *Scheduler)
		removed string
		want    []string // in any order: they are of different lanes
	}{
		{"the event that had the slot", func(s *Scheduler) {
			for _, device := range []string{"d1", "d2", "d3"} {
				s.Add(start, &Event{DeviceID: device, UserID: "u1", Wire: []byte("of " + device)})
			}
			b, _ := s.Next(start)
			s.Answer(start, b.ID, amplitude.Answer{Status: 200})
			s.advance(start.Add(window)) // d2 can send
		}, "of d2", []string{"of d3"}},
		{"all of a user who stays suspended", func(s *Scheduler) {
			s.Suspend(start, LaneID{User: true, ID: "u1"})
			for _, device := range []string{"d1", "d2", "d3"} {
				s.Add(start, &Event{DeviceID: device, UserID: "u1", Wire: []byte("of u1")})
				s.Add(start, &Event{DeviceID: device, UserID: "u2", Wire: []byte("of " + device)})
			}
		}, "of u1", []string{"of d1", "of d2", "of d3"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScheduler(Config{PerSecond: 1})
			row.prepare(s)
			s.Remove(s.epoch.Add(s.now), func(e *Event) bool { return string(e.Wire) == row.removed })
			got := sent(t, s, time.Hour)
			if slices.Sort(got); !slices.Equal(got, row.want) || s.Len() > 0 {
				t.Errorf("sent %q, and %d events are held; want %q", got, s.Len(), row.want)
			}
		})
	}
}
