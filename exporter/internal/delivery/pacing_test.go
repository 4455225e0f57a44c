package delivery

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// A device that always has events gets at least 95 percent of 30 per second, over
// the published window of 30 s, and never more than 30 in any second.
func TestPacing_reachesTheLimit(t *testing.T) {
	run(t, func(t *rapid.T) {
		w := newWorld(t, Config{})
		latency := time.Duration(rapid.IntRange(0, 20).Draw(t, "latency_ms")) * time.Millisecond
		w.latency = func() time.Duration { return latency }
		onUser := rapid.Bool().Draw(t, "limited_by_user")
		for i := range 1000 {
			if onUser {
				w.add("u1", fmt.Sprintf("d%d", i%7))
			} else {
				w.add(fmt.Sprintf("u%d", i%7), "d1")
			}
		}
		w.run(30 * time.Second)
		if got := len(w.m.log); got < 855 {
			t.Fatalf("%d events in 30 s with a latency of %v each way, want at least 855", got, latency)
		}
		w.run(time.Hour)
		w.finished()
	})
}

// Arrivals that trickle in make the slots come free one by one.
func TestPacing_trickle(t *testing.T) {
	run(t, func(t *rapid.T) {
		w := newWorld(t, Config{})
		jitter := rapid.IntRange(1, 80).Draw(t, "latency_ms")
		w.latency = func() time.Duration {
			return time.Duration(w.s.cfg.Random() * float64(jitter) * float64(time.Millisecond))
		}
		gap := time.Duration(rapid.IntRange(5, 40).Draw(t, "gap_ms")) * time.Millisecond
		for i := range 300 {
			w.run(time.Duration(i) * gap)
			w.add("u1", fmt.Sprintf("d%d", i%2))
		}
		w.run(time.Hour)
		w.finished()
	})
}

// Five hundred quiet devices send one event a second each, beside one that has far
// too many. The quiet ones must not notice.
func TestPacing_bystandersDoNotWait(t *testing.T) {
	for _, noise := range []int{0, 45} {
		t.Run(fmt.Sprintf("noise %d", noise), func(t *testing.T) {
			run(t, func(t *rapid.T) {
				w := newWorld(t, Config{})
				w.latency = func() time.Duration { return time.Millisecond }
				added := map[*Event]time.Duration{}
				for second := range 2 {
					for i := range 100 {
						w.run(time.Duration(second)*time.Second + time.Duration(i)*10*time.Millisecond)
						for q := range 5 {
							e := w.add("", fmt.Sprintf("quiet-%d", i*5+q))
							added[e] = w.m.now
						}
						if noise*i/100 != noise*(i-1)/100 {
							w.add("", "noisy")
						}
					}
				}
				w.run(time.Hour)
				w.finished()
				for _, a := range w.m.log {
					if since, quiet := added[a.event]; quiet && a.at-since > 10*time.Millisecond {
						t.Fatalf("%s waited %v", a.event.DeviceID, a.at-since)
					}
				}
			})
		})
	}
}

// A throttled id waits its pause out; others, also in the same upload, go on.
func TestThrottle_onlyTheNamedWait(t *testing.T) {
	run(t, func(t *rapid.T) {
		w := newWorld(t, Config{})
		w.latency = func() time.Duration { return time.Millisecond }
		byUser := rapid.Bool().Draw(t, "by_user")
		noisy := "d1"
		if byUser {
			noisy = "u1"
		}
		w.m.noisy[noisy] = true
		isNoisy := func(e *Event) bool { return e.DeviceID == noisy || e.UserID == noisy }
		for i := range 20 {
			w.add(fmt.Sprintf("u%d", i%3), fmt.Sprintf("d%d", i%4))
		}
		w.run(20 * time.Second)
		// Lanes that hold an event of the noisy user have to wait behind it.
		blocked := map[string]bool{}
		for _, e := range w.added {
			if isNoisy(e) {
				blocked[e.DeviceID] = true
			}
			if done := w.settled[e].Event != nil; done == blocked[e.DeviceID] {
				t.Fatalf("after 20 s: event %s of %q and %q settled: %v", e.Wire, e.UserID, e.DeviceID, done)
			}
		}
		before := w.m.requests
		w.run(29 * time.Second)
		if w.m.requests != before {
			t.Fatalf("%d uploads during the pause", w.m.requests-before)
		}
		w.m.noisy = map[string]bool{}
		w.run(32 * time.Second)
		w.finished()
	})
}

// A project whose real limit is lower than the published one: the id is slowed
// down until it gets through, and everything arrives.
func TestThrottle_findsALowerLimit(t *testing.T) {
	for _, limit := range []int{1, 10, 29} {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			run(t, func(t *rapid.T) {
				w := newWorld(t, Config{})
				w.arrivals = func(at time.Duration, events []*Event) (amplitude.Answer, bool) {
					recent := len(events)
					for _, a := range w.m.log {
						if at-a.at < time.Second {
							recent++
						}
					}
					return amplitude.Answer{Status: 429, ThrottledDevices: []string{"d1"}, ThrottledEvents: []int{0}}, recent > limit
				}
				for range 60 {
					w.add("u1", "d1")
				}
				w.run(2 * time.Hour)
				w.finished()
			})
		})
	}
}
