package delivery

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// Each row is an answer that Amplitude keeps giving to 100 events of 100 devices
// until it is stopped, and what the exporter may spend on it meanwhile.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const events = 100
	isMarked := func(e *Event) bool { return string(e.Wire) == "42" }
	for _, row := range []struct {
		name   string
		answer func(events []*Event) (amplitude.Answer, bool)
		lasts  time.Duration
		// Uploads allowed while it lasts, and in total until all is settled.
		maxDuring, maxTotal int
		// What becomes of event 42; all others are accepted.
		reason Reason
	}{
		{"503 for a minute", always(amplitude.Answer{Status: 503}), time.Minute, 15, 16, ""},
		{"503 for three hours", always(amplitude.Answer{Status: 503}), 3 * time.Hour, 450, 451, ""},
		{"503 with Retry-After", always(amplitude.Answer{Status: 503, RetryAfter: 20 * time.Second}), time.Minute, 4, 5, ""},
		{"408", always(amplitude.Answer{Status: 408}), time.Minute, 15, 16, ""},
		{"no answer", always(amplitude.Answer{}), time.Minute, 15, 16, ""},
		{"403 for an hour", always(amplitude.Answer{Status: 403}), time.Hour, 16, 17, ""},
		{"404 for an hour", always(foreignAnswer(404)), time.Hour, 150, 151, ""},
		{"302 for an hour", always(foreignAnswer(302)), time.Hour, 150, 151, ""},
		{"login page for an hour", always(foreignAnswer(200)), time.Hour, 150, 151, ""},
		{"400 of a proxy for an hour", always(foreignAnswer(400)), time.Hour, 150, 151, ""},
		{"403 of a proxy for an hour", always(foreignAnswer(403)), time.Hour, 150, 151, ""},
		{"407 for an hour", always(foreignAnswer(407)), time.Hour, 150, 151, ""},
		{"413 of a proxy for an hour", always(foreignAnswer(413)), time.Hour, 600, 700, ""},
		{"429 of a proxy for an hour", always(foreignAnswer(429)), time.Hour, 150, 151, ""},
		{"400 of a proxy for one event, for a while", ifAny(isMarked, func(int) amplitude.Answer { return foreignAnswer(400) }), time.Hour, 150, 151, ""},
		{"413 of a proxy for one event, for a while", ifAny(isMarked, func(int) amplitude.Answer { return foreignAnswer(413) }), time.Hour, 150, 151, ""},
		{"refused key for three hours", always(amplitude.Answer{Status: 400, KeyRefused: true}), 3 * time.Hour, 400, 401, ""},
		{"401 for an hour", always(foreignAnswer(401)), time.Hour, 150, 151, ""},
		{"429 that names nobody", always(amplitude.Answer{Status: 429}), time.Minute, 15, 16, ""},
		{"429 that names strangers", always(amplitude.Answer{Status: 429, ThrottledDevices: []string{"x"}, ThrottledEvents: []int{-1, 100}}), time.Minute, 15, 16, ""},
		{"429 that names one by index", once(amplitude.Answer{Status: 429, ThrottledEvents: []int{42}}), 0, 1, 3, ""},
		{"429 that names one by id", once(amplitude.Answer{Status: 429, ThrottledDevices: []string{"d42"}}), 0, 1, 3, ""},
		{"429 for the daily quota", once(amplitude.Answer{Status: 429, QuotaDevices: []string{"d42"}, ThrottledEvents: []int{42}}), 0, 1, 3, ""},
		{"400 naming a missing field", ifAny(isMarked, func(i int) amplitude.Answer { return amplitude.Answer{Status: 400, MissingField: []int{i}} }), time.Minute, 2, 2, MissingField},
		{"400 naming an invalid field", ifAny(isMarked, func(i int) amplitude.Answer { return amplitude.Answer{Status: 400, InvalidField: []int{i}} }), time.Minute, 2, 2, InvalidField},
		{"400 naming a short id", ifAny(isMarked, func(i int) amplitude.Answer { return amplitude.Answer{Status: 400, InvalidIDLength: []int{i}} }), time.Minute, 2, 2, InvalidIDLength},
		{"400 naming an invalid id", ifAny(isMarked, func(i int) amplitude.Answer { return amplitude.Answer{Status: 400, InvalidID: []int{i}} }), time.Minute, 2, 2, InvalidID},
		{"400 naming a silenced event", ifAny(isMarked, func(i int) amplitude.Answer { return amplitude.Answer{Status: 400, Silenced: []int{i}} }), time.Minute, 2, 2, Silenced},
		{"400 naming a silenced device", ifAny(isMarked, func(int) amplitude.Answer {
			return amplitude.Answer{Status: 400, SilencedDevices: []string{"d42"}}
		}), time.Minute, 2, 2, Silenced},
		{"400 naming nothing", ifAny(isMarked, func(int) amplitude.Answer { return amplitude.Answer{Status: 400} }), time.Minute, 20, 20, Refused},
		{"400 naming strangers", always(amplitude.Answer{Status: 400, InvalidField: []int{-1, 1000}}), time.Hour, 150, 151, ""},
		{"400 naming one event and strangers", always(amplitude.Answer{Status: 400, InvalidField: []int{42, 1000}}), time.Hour, 150, 151, ""},
		{"400 naming one event too many", always(amplitude.Answer{Status: 400, Silenced: []int{100}, SilencedDevices: []string{"d42"}}), time.Hour, 150, 151, ""},
		{"400 naming a silenced stranger", always(amplitude.Answer{Status: 400, SilencedDevices: []string{"x"}}), time.Hour, 150, 151, ""},
		{"400 naming throttled strangers", always(amplitude.Answer{Status: 400, InvalidField: []int{42}, ThrottledEvents: []int{-1}}), time.Hour, 150, 151, ""},
		{"400 naming a silenced event of a device that was not sent", ifAny(isMarked, func(i int) amplitude.Answer {
			return amplitude.Answer{Status: 400, Silenced: []int{i}, SilencedDevices: []string{"x"}}
		}), time.Minute, 2, 2, Silenced},
		{"413 with one event too many", ifAny(isMarked, func(int) amplitude.Answer { return amplitude.Answer{Status: 413} }), time.Minute, 20, 20, Oversize},
		{"500 for one event, for a while", ifAny(isMarked, func(int) amplitude.Answer { return amplitude.Answer{Status: 500} }), 10 * time.Minute, 60, 61, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			run(t, func(t *rapid.T) {
				w := newWorld(t, Config{})
				w.latency = func() time.Duration { return time.Millisecond }
				w.arrivals = func(at time.Duration, events []*Event) (amplitude.Answer, bool) {
					if at > row.lasts+5*time.Millisecond {
						return amplitude.Answer{}, false
					}
					a, faulty := row.answer(events)
					if faulty {
						w.m.requests++
					}
					return a, faulty
				}
				for i := range events {
					w.add("", fmt.Sprintf("d%d", i))
				}
				w.run(row.lasts)
				if got := w.m.requests; got > row.maxDuring {
					t.Errorf("%d uploads while it lasts, want at most %d", got, row.maxDuring)
				}
				w.m.bad = map[*Event]Reason{}
				if row.reason != "" {
					w.m.bad[w.added[42]] = row.reason
				}
				w.run(row.lasts + 3*time.Hour)
				if got := w.m.requests; got > row.maxTotal {
					t.Errorf("%d uploads in total, want at most %d", got, row.maxTotal)
				}
				w.finished()
			})
		})
	}
}

func foreignAnswer(status int) amplitude.Answer {
	return amplitude.Answer{Status: status, Foreign: true}
}

func always(a amplitude.Answer) func([]*Event) (amplitude.Answer, bool) {
	return func([]*Event) (amplitude.Answer, bool) { return a, true }
}

// once answers to the first upload only: it is the only one with all events.
func once(a amplitude.Answer) func([]*Event) (amplitude.Answer, bool) {
	return func(events []*Event) (amplitude.Answer, bool) { return a, len(events) == 100 }
}

// ifAny answers to uploads that hold a marked event.
func ifAny(marked func(*Event) bool, answer func(i int) amplitude.Answer) func([]*Event) (amplitude.Answer, bool) {
	return func(events []*Event) (amplitude.Answer, bool) {
		for i, e := range events {
			if marked(e) {
				return answer(i), true
			}
		}
		return amplitude.Answer{}, false
	}
}
