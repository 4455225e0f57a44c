package delivery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// model is a slow and obvious Amplitude: it remembers every event it took, with
// the instant, and answers as published with a one-second window, the strictest
// reading of the limit.
type model struct {
	t   *rapid.T
	now time.Duration

	taken     map[*Event]int
	log       []arrival
	sent      int // events in uploads
	requests  int
	bad       map[*Event]Reason // refused for good
	firstOnly bool              // name only the first refused event
	mute      bool              // name none
	keyOK     bool
	noisy     map[string]bool // ids that are throttled however slow they are
}

type arrival struct {
	at    time.Duration
	event *Event
}

// answer is the verdict on events arriving at now.
func (m *model) answer(events []*Event) amplitude.Answer {
	m.requests++
	m.sent += len(events)
	if !m.keyOK {
		return amplitude.Answer{Status: 400, KeyRefused: true}
	}
	if a, bad := m.refuse(events); bad {
		return a
	}
	if a, fast := m.throttle(events); fast {
		return a
	}
	m.take(events)
	return amplitude.Answer{Status: 200}
}

func (m *model) take(events []*Event) {
	for _, e := range events {
		m.taken[e]++
		m.log = append(m.log, arrival{m.now, e})
	}
}

func (m *model) refuse(events []*Event) (amplitude.Answer, bool) {
	a := amplitude.Answer{Status: 400}
	bad := false
	for i, e := range events {
		reason, refused := m.bad[e]
		if !refused {
			continue
		}
		bad = true
		if m.mute {
			return a, true
		}
		switch reason {
		case MissingField:
			a.MissingField = append(a.MissingField, i)
		case InvalidID:
			a.InvalidID = append(a.InvalidID, i)
		default:
			a.InvalidField = append(a.InvalidField, i)
		}
		if m.firstOnly {
			break
		}
	}
	return a, bad
}

func (m *model) throttle(events []*Event) (amplitude.Answer, bool) {
	a := amplitude.Answer{Status: 429}
	for i, e := range events {
		if m.noisy[e.DeviceID] || m.noisy[e.UserID] {
			a.ThrottledEvents = append(a.ThrottledEvents, i)
		}
		if m.noisy[e.DeviceID] && !slices.Contains(a.ThrottledDevices, e.DeviceID) {
			a.ThrottledDevices = append(a.ThrottledDevices, e.DeviceID)
		}
		if m.noisy[e.UserID] && !slices.Contains(a.ThrottledUsers, e.UserID) {
			a.ThrottledUsers = append(a.ThrottledUsers, e.UserID)
		}
	}
	return a, len(a.ThrottledEvents) > 0
}

// checkRates counts every id over every window that ends with an arrival.
func (m *model) checkRates() {
	for _, id := range []func(*Event) string{
		func(e *Event) string { return e.DeviceID },
		func(e *Event) string { return e.UserID },
	} {
		times := map[string][]time.Duration{}
		for _, a := range m.log {
			if name := id(a.event); name != "" {
				times[name] = append(times[name], a.at)
			}
		}
		for name, at := range times {
			for i := 30; i < len(at); i++ {
				if at[i]-at[i-30] < time.Second {
					m.t.Fatalf("id %q: 31 events within %v, up to %v", name, at[i]-at[i-30], at[i])
				}
			}
		}
	}
}

// checkOrder compares, lane by lane, first arrivals with the order of adding.
func (m *model) checkOrder(added []*Event) {
	place := map[*Event]int{}
	for i, e := range added {
		place[e] = i
	}
	last := map[string]int{}
	seen := map[*Event]bool{}
	for _, a := range m.log {
		if seen[a.event] {
			continue
		}
		seen[a.event] = true
		lane := laneName(a.event)
		if before, ok := last[lane]; ok && place[a.event] < before {
			m.t.Fatalf("lane %q: event %d arrived after event %d", lane, place[a.event], before)
		}
		last[lane] = place[a.event]
	}
}

func laneName(e *Event) string {
	if e.DeviceID != "" {
		return "device " + e.DeviceID
	}
	return "user " + e.UserID
}

// world runs a Scheduler against a model, with uploads that take time.
type world struct {
	t        *rapid.T
	start    time.Time
	s        *Scheduler
	m        *model
	flights  []flight
	added    []*Event
	settled  map[*Event]Settlement
	arrivals func(at time.Duration, events []*Event) (amplitude.Answer, bool) // faults; false: ask the model
	latency  func() time.Duration
}

type flight struct {
	id       uint64
	events   []*Event
	arrives  time.Duration
	answered time.Duration
	answer   *amplitude.Answer
}

func newWorld(t *rapid.T, cfg Config) *world {
	w := &world{
		t:       t,
		start:   time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		settled: map[*Event]Settlement{},
		m:       &model{t: t, taken: map[*Event]int{}, bad: map[*Event]Reason{}, keyOK: true, noisy: map[string]bool{}},
		latency: func() time.Duration { return 10 * time.Millisecond },
	}
	seed := rapid.Uint64().Draw(t, "seed")
	cfg.Random = func() float64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return float64(seed>>11) / (1 << 53)
	}
	w.s = New(w.start, cfg)
	return w
}

func (w *world) at(d time.Duration) time.Time { return w.start.Add(d) }

func (w *world) add(user, device string) *Event {
	e := &Event{UserID: user, DeviceID: device, Wire: fmt.Appendf(nil, "%d", len(w.added))}
	w.added = append(w.added, e)
	w.s.Add(w.at(w.m.now), e)
	return e
}

// run lets time pass until nothing can happen any more, or to the given instant.
func (w *world) run(until time.Duration) {
	for steps := 0; ; steps++ {
		if steps > 200_000 {
			w.t.Fatalf("no end after %d steps at %v: %d events held, %d requests", steps, w.m.now, w.s.Len(), w.m.requests)
		}
		w.send()
		next := until + 1
		if wake, ok := w.s.Wake(); ok {
			next = min(next, max(wake.Sub(w.start), w.m.now))
		}
		for i := range w.flights {
			if f := &w.flights[i]; f.answer == nil {
				next = min(next, f.arrives)
			} else {
				next = min(next, f.answered)
			}
		}
		if next > until {
			w.m.now = max(w.m.now, until)
			return
		}
		w.m.now = max(w.m.now, next)
		w.deliver()
	}
}

func (w *world) send() {
	for {
		b, ok := w.s.Next(w.at(w.m.now))
		if !ok {
			break
		}
		if len(b.Events) == 0 || len(b.Events) > 1000 {
			w.t.Fatalf("batch of %d events", len(b.Events))
		}
		arrives := w.m.now + w.latency()
		w.flights = append(w.flights, flight{id: b.ID, events: b.Events, arrives: arrives, answered: arrives + w.latency()})
		if len(w.flights) > DefaultMaxUploads {
			w.t.Fatalf("%d batches under way", len(w.flights))
		}
	}
	for _, done := range w.s.Settled() {
		if _, twice := w.settled[done.Event]; twice {
			w.t.Fatalf("event %s settled twice", done.Event.Wire)
		}
		w.settled[done.Event] = done
	}
}

func (w *world) deliver() {
	for i := 0; i < len(w.flights); i++ {
		f := &w.flights[i]
		if f.answer == nil && f.arrives <= w.m.now {
			a, faulty := amplitude.Answer{}, false
			if w.arrivals != nil {
				a, faulty = w.arrivals(w.m.now, f.events)
			}
			if !faulty {
				a = w.m.answer(f.events)
			}
			f.answer = &a
		}
		if f.answer != nil && f.answered <= w.m.now {
			done := *f
			w.flights = slices.Delete(w.flights, i, i+1)
			i--
			w.s.Answer(w.at(w.m.now), done.id, *done.answer)
		}
	}
}

// finished checks that everything is settled and nothing is left behind.
func (w *world) finished() {
	w.t.Helper()
	if w.s.Len() != 0 || len(w.settled) != len(w.added) {
		w.t.Fatalf("at %v: %d held, %d of %d settled, %d requests", w.m.now, w.s.Len(), len(w.settled), len(w.added), w.m.requests)
	}
	for _, e := range w.added {
		reason := w.settled[e].Reason
		if want := w.m.bad[e]; reason != want && !w.m.mute {
			w.t.Fatalf("event %s: settled as %q, want %q", e.Wire, reason, want)
		}
		if reason == "" && w.m.taken[e] == 0 {
			w.t.Fatalf("event %s: settled as accepted, never taken", e.Wire)
		}
		if reason != "" && w.m.taken[e] > 0 {
			w.t.Fatalf("event %s: taken, yet a dead letter", e.Wire)
		}
	}
	w.m.checkRates()
	w.m.checkOrder(w.added)
	w.s.advance(w.at(w.m.now + 48*time.Hour))
	if n := remembered(w.s); n != 0 {
		w.t.Fatalf("%d ids remembered forever", n)
	}
}

func run(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	t.Parallel()
	rapid.Check(t, property)
}
