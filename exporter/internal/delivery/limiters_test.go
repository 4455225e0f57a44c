package delivery

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// remembered is the number of ids that the Scheduler knows.
func remembered(s *Scheduler) (n int) {
	for _, of := range []*limiters{&s.devices, &s.users} {
		n += len(of.byID) + len(of.recent)
	}
	return n
}

func TestLimiters_forget(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                  string
		change                func(l *limiter)
		wantKnown, wantCounts int // limiters, and counts of slots
	}{
		{"nothing in use", func(*limiter) {}, 0, 0},
		{"slots in use", func(l *limiter) { l.used = 3 }, 0, 1},
		{"named by an event", func(l *limiter) { l.refs = 1 }, 1, 0},
		{"throttled", func(l *limiter) { l.throttledUntil = time.Second }, 1, 0},
		{"suspended", func(l *limiter) { l.suspended = true }, 1, 0},
		{"a lower limit of which slots are in use", func(l *limiter) { l.used, l.limit = 3, 4 }, 1, 0},
		{"a lower limit of which none is in use", func(l *limiter) { l.limit = 4 }, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			all := newLimiters(false, 30)
			l := all.get("d1")
			row.change(l)
			used := l.used
			all.forget(l, 0)
			if len(all.byID) != row.wantKnown || len(all.recent) != row.wantCounts {
				t.Errorf("%d limiters and %d counts, want %d and %d", len(all.byID), len(all.recent), row.wantKnown, row.wantCounts)
			}
			if again := all.get("d1"); again.used != used {
				t.Errorf("the id has %d slots in use afterwards, want %d", again.used, used)
			}
		})
	}
}

func TestLimiters_find(t *testing.T) {
	t.Parallel()
	all := newLimiters(true, 30)
	if l := all.find("u1"); l != nil {
		t.Errorf("limiter %+v of an id never seen", l)
	}
	l := all.get("u1")
	l.used = 2
	all.forget(l, 0)
	if l := all.find("u1"); l == nil || l.used != 2 || !l.user {
		t.Errorf("limiter %+v, want that of a user with two slots in use", l)
	}
}

// Slots that are in use when the limiter of their id is forgotten still count when the id
// comes back, and are given back one by one.
func TestScheduler_recentSlotsCount(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{PerSecond: 2})
	for _, row := range []struct {
		at          time.Duration
		added, sent int
	}{
		{0, 1, 1},
		{time.Second / 2, 2, 1}, // the limit is two in a second
		{window, 0, 1},          // the first slot is free again
		{window + time.Millisecond, 1, 0},
		{time.Second/2 + window, 0, 1}, // and the second
		{3 * window, 0, 0},
	} {
		for range row.added {
			s.Add(start.Add(row.at), &Event{DeviceID: "d1", UserID: "u1", Wire: []byte("{}")})
		}
		sent := 0
		for _, b := range take(s, row.at) {
			sent += len(b.Events)
			s.Answer(start.Add(row.at), b.ID, amplitude.Answer{Status: 200})
		}
		if sent != row.sent {
			t.Errorf("%d events sent at %v, want %d", sent, row.at, row.sent)
		}
	}
	if n := remembered(s); n != 0 {
		t.Errorf("%d ids are remembered in the end", n)
	}
}
