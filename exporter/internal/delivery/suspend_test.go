package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// A suspended device or user waits and the rest goes on, whatever its events are doing at
// that moment; resumed, it goes on in order.
func TestScheduler_Suspend(t *testing.T) {
	t.Parallel()
	const slow = "slow"
	for _, row := range []struct {
		name string
		id   LaneID
		// before brings the three events of the device into a state.
		before func(s *Scheduler)
	}{
		{"waiting", LaneID{ID: slow}, func(*Scheduler) {}},
		{"its user", LaneID{User: true, ID: "user"}, func(*Scheduler) {}},
		{"never seen", LaneID{ID: slow}, func(s *Scheduler) {
			s.Suspend(start, LaneID{ID: slow})
			s.Resume(start, LaneID{ID: slow})
		}},
		{"to be sent again", LaneID{ID: slow}, func(s *Scheduler) {
			for _, b := range take(s, 0) {
				s.Answer(start, b.ID, amplitude.Answer{Status: 503})
			}
		}},
		{"throttled", LaneID{ID: slow}, func(s *Scheduler) {
			for _, b := range take(s, 0) {
				s.Answer(start, b.ID, amplitude.Answer{Status: 429, ThrottledDevices: []string{slow}})
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScheduler(Config{MaxEvents: 10})
			for _, wire := range []string{"1", "2", "3"} {
				s.Add(start, &Event{DeviceID: slow, UserID: "user", Wire: []byte(wire), Time: 7})
			}
			row.before(s)
			s.Suspend(start, row.id)
			s.Add(start, &Event{DeviceID: "other", Wire: []byte("o")})
			if got := sent(t, s, time.Hour); !slices.Equal(got, []string{"o"}) {
				t.Fatalf("sent %v while suspended, want the other alone", got)
			}
			b := s.Blocked(start.Add(time.Hour))[row.id]
			if b == nil || !b.Suspended || b.Events != 3 || b.Oldest != 7 {
				t.Errorf("blocked %+v, want 3 events suspended", b)
			}
			s.Resume(start.Add(time.Hour), row.id)
			if got := sent(t, s, 2*time.Hour); !slices.Equal(got, []string{"1", "2", "3"}) {
				t.Errorf("sent %v after it was resumed", got)
			}
			take(s, 3*time.Hour) // slots are free again
			if n := remembered(s); n > 0 {
				t.Errorf("%d ids are remembered", n)
			}
		})
	}
}

// sent answers everything until a time with success, and returns what was sent.
func sent(t *testing.T, s *Scheduler, until time.Duration) (wires []string) {
	t.Helper()
	for at := time.Duration(0); ; {
		for _, b := range take(s, at) {
			for _, e := range b.Events {
				wires = append(wires, string(e.Wire))
			}
			s.Answer(start.Add(at), b.ID, amplitude.Answer{Status: 200})
		}
		next, ok := s.Wake()
		if !ok || next.Sub(start) > until {
			return wires
		}
		at = max(at, next.Sub(start))
	}
}

// Who waits for what is said per device, and for all of them.
func TestScheduler_Blocked(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{MaxEvents: 1, ThrottlePause: 30 * time.Second})
	for _, id := range []string{"slow", "failing", "fine"} {
		s.Add(start, &Event{DeviceID: id, Wire: []byte("{}"), Time: 5})
	}
	batches := take(s, 0)
	s.Answer(start, batches[0].ID, amplitude.Answer{Status: 429, ThrottledDevices: []string{"slow"}})
	s.Answer(start, batches[1].ID, amplitude.Answer{Status: 503})
	s.Answer(start, batches[2].ID, amplitude.Answer{Status: 200})
	all := s.Blocked(start)
	slow, failing := all[LaneID{ID: "slow"}], all[LaneID{ID: "failing"}]
	if len(all) != 2 || slow == nil || failing == nil {
		t.Fatalf("blocked %v, want slow and failing", all)
	}
	if slow.Throttled.Before(start.Add(30*time.Second)) || !slow.Backoff.IsZero() || slow.Events != 1 {
		t.Errorf("slow %+v", slow)
	}
	if !failing.Backoff.After(start) || failing.Failure != "status 503 (transient)" || failing.Events != 1 {
		t.Errorf("failing %+v", failing)
	}
	s.Add(start, &Event{DeviceID: "next", Wire: []byte("{}")})
	s.Answer(start, take(s, time.Millisecond)[0].ID, amplitude.Answer{Status: 403})
	if until, class, ok := s.Backoff(start.Add(time.Millisecond)); !ok || class != "forbidden" || !until.After(start) {
		t.Errorf("backoff until %v for %q, %v", until, class, ok)
	}
}
