package delivery

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// Events of few ids in any mix: the worst case for slots shared by lanes.
func drawEvents(t *rapid.T, w *world, n int) {
	for range n {
		user, device := rapid.IntRange(0, 3).Draw(t, "user"), rapid.IntRange(0, 4).Draw(t, "device")
		if user == 0 && device == 0 {
			device = 1
		}
		w.add(name("u", user), name("d", device))
	}
}

func name(kind string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d", kind, n)
}

func TestScheduler_anythingGoes(t *testing.T) {
	run(t, func(t *rapid.T) {
		w := newWorld(t, Config{MaxEvents: rapid.SampledFrom([]int{3, 50, 1000}).Draw(t, "max_events")})
		w.m.firstOnly = rapid.Bool().Draw(t, "first_only")
		jitter := rapid.IntRange(0, 300).Draw(t, "latency_ms")
		w.latency = func() time.Duration {
			return time.Duration(w.s.cfg.Random() * float64(jitter) * float64(time.Millisecond))
		}
		faults := rapid.SampledFrom([]float64{0, 0.1, 0.6}).Draw(t, "faults")
		unknown := 0
		w.arrivals = func(_ time.Duration, events []*Event) (amplitude.Answer, bool) {
			if w.s.cfg.Random() >= faults {
				return amplitude.Answer{}, false
			}
			w.m.requests++
			switch int(w.s.cfg.Random() * 6) {
			case 0: // taken, but the answer is lost
				if _, bad := w.m.refuse(events); !bad {
					w.m.take(events)
					unknown++
				}
				return amplitude.Answer{Status: 500}, true
			case 1:
				return amplitude.Answer{}, true
			case 2:
				return amplitude.Answer{Status: 429}, true
			case 3:
				return amplitude.Answer{Status: 403}, true
			case 4:
				return amplitude.Answer{Status: 413}, len(events) > 1
			default:
				return amplitude.Answer{Status: 503, RetryAfter: 3 * time.Second}, true
			}
		}
		for range rapid.IntRange(1, 5).Draw(t, "bursts") {
			old := len(w.added)
			drawEvents(t, w, rapid.IntRange(1, 80).Draw(t, "events"))
			for _, e := range w.added[old:] {
				if rapid.IntRange(0, 30).Draw(t, "bad") == 0 {
					w.m.bad[e] = rapid.SampledFrom([]Reason{MissingField, InvalidField, InvalidID}).Draw(t, "reason")
				}
			}
			w.m.noisy = map[string]bool{}
			if rapid.Bool().Draw(t, "throttle") {
				w.m.noisy[rapid.SampledFrom([]string{"d1", "d2", "u1", "u2"}).Draw(t, "noisy")] = true
			}
			w.m.keyOK = rapid.IntRange(0, 4).Draw(t, "key") > 0
			w.run(w.m.now + time.Duration(rapid.IntRange(0, 40_000).Draw(t, "pause_ms"))*time.Millisecond)
		}
		w.m.keyOK = true
		w.m.noisy = map[string]bool{}
		faults = 0
		w.run(w.m.now + 3*time.Hour)
		w.finished()
		for _, e := range w.added {
			if w.m.taken[e] > 1+unknown {
				t.Fatalf("event %s taken %d times with %d unknown answers", e.Wire, w.m.taken[e], unknown)
			}
		}
	})
}

func TestScheduler_Add(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := New(start, Config{Random: func() float64 { return 0 }})
	add := func(device string, n int) (waits bool) {
		for range n {
			waits = s.Add(start, &Event{DeviceID: device, Wire: []byte("{}")})
		}
		return waits
	}
	if add("quick", 30) {
		t.Error("the last of 30 events has to wait, want none of a second's worth")
	}
	if !add("quick", 1) {
		t.Error("the 31st event goes at once, want it to wait")
	}
	if add("throttled", 1) {
		t.Error("the first event of a device has to wait")
	}
	b, _ := s.Next(start)
	last := len(b.Events) - 1
	s.Answer(start, b.ID, amplitude.Answer{Status: 429, ThrottledDevices: []string{"throttled"}, ThrottledEvents: []int{last}})
	if got := b.Events[last].DeviceID; got != "throttled" {
		t.Fatalf("the last event of the batch is of %s", got)
	}
	if !add("throttled", 1) {
		t.Error("an event of a throttled device goes at once, want it to wait")
	}
}
