package delivery

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newScheduler(cfg Config) *Scheduler {
	cfg.Random = func() float64 { return 0.5 }
	return New(start, cfg)
}

// take gets batches until there is none.
func take(s *Scheduler, at time.Duration) []Batch {
	var all []Batch
	for {
		b, ok := s.Next(start.Add(at))
		if !ok {
			return all
		}
		all = append(all, b)
	}
}

// While nothing gets through, one batch at a time is sent to find out, and a
// useful answer lets all go on.
func TestGate_probesOneAtATime(t *testing.T) {
	t.Parallel()
	for _, outage := range []amplitude.Answer{{Status: 503}, {Status: 403}, {Status: 400, KeyRefused: true}} {
		s := newScheduler(Config{MaxEvents: 1, MaxUploads: 4})
		for i := range 20 {
			s.Add(start, &Event{DeviceID: fmt.Sprintf("d%d", i), Wire: []byte("{}")})
		}
		at := time.Duration(0)
		flights := take(s, at)
		if len(flights) != 4 {
			t.Fatalf("%+v: %d batches at first, want 4", outage, len(flights))
		}
		for range 5 {
			for _, b := range flights {
				s.Answer(start.Add(at), b.ID, outage)
			}
			at += 20 * time.Minute
			flights = take(s, at)
		}
		if len(flights) != 1 {
			t.Fatalf("%+v: %d probes, want 1", outage, len(flights))
		}
		s.Answer(start.Add(at), flights[0].ID, amplitude.Answer{Status: 200})
		if got := len(take(s, at)); got != 4 {
			t.Fatalf("%+v: %d batches after a success, want 4", outage, got)
		}
	}
}

func TestGate_refusedKey(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{})
	s.Add(start, &Event{DeviceID: "d", Wire: []byte("{}")})
	b := take(s, 0)[0]
	s.Answer(start, b.ID, amplitude.Answer{Status: 400, KeyRefused: true})
	if !s.KeyRefused() || s.Len() != 1 || len(s.Settled()) != 0 {
		t.Fatalf("after a refusal: refused %v, %d held; want the event held", s.KeyRefused(), s.Len())
	}
	wake, ok := s.Wake()
	if want := start.Add(750 * time.Millisecond); !ok || !wake.Equal(want) {
		t.Fatalf("next probe at %v, %v; want %v", wake, ok, want)
	}
	probe := take(s, 750*time.Millisecond)[0]
	s.Answer(wake, probe.ID, amplitude.Answer{Status: 200})
	if s.KeyRefused() || s.Len() != 0 {
		t.Fatalf("after the key works: refused %v, %d held", s.KeyRefused(), s.Len())
	}
}

// Somebody between has an opinion on the key: that is not Amplitude's.
func TestGate_foreignRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 404, 407, 413, 418, 429} {
		s := newScheduler(Config{})
		s.Add(start, &Event{DeviceID: "d", Wire: []byte("{}")})
		at := time.Duration(0)
		for range 8 {
			for _, b := range take(s, at) {
				s.Answer(start.Add(at), b.ID, amplitude.Answer{Status: status, Foreign: true, KeyRefused: true})
			}
			at += 5 * time.Minute
		}
		if s.KeyRefused() || s.Len() != 1 || len(s.Settled()) != 0 {
			t.Errorf("%d: key refused %v, %d held; want false and the event held", status, s.KeyRefused(), s.Len())
		}
	}
}

// A refusal of a key that was replaced meanwhile starts nothing: the new key is tried.
func TestGate_refusalOfOldKey(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{})
	s.Add(start, &Event{DeviceID: "d", Wire: []byte("{}")})
	b := take(s, 0)[0]
	s.Answer(start, b.ID, amplitude.Answer{Status: 400, KeyRefused: true, OldKey: true})
	if s.KeyRefused() || s.Failing() {
		t.Fatal("the refusal of an old key counts")
	}
	again := take(s, 0)
	if len(again) != 1 {
		t.Fatalf("%d batches right after it, want the same again", len(again))
	}
	s.Answer(start, again[0].ID, amplitude.Answer{Status: 200})
	if s.Len() != 0 {
		t.Errorf("%d events held after a success", s.Len())
	}
}

// One event that something between does not let through keeps no other waiting.
func TestScheduler_foreignForOneEvent(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{MaxEvents: 10})
	s.Add(start, &Event{DeviceID: "blocked", Wire: []byte("{}")})
	at, added := time.Duration(0), 0
	for at < time.Hour {
		if at >= time.Duration(added)*2*time.Minute {
			s.Add(start.Add(at), &Event{DeviceID: fmt.Sprintf("d%d", added), Wire: []byte("{}")})
			added++
		}
		for _, b := range take(s, at) {
			a := amplitude.Answer{Status: 200}
			for _, e := range b.Events {
				if e.DeviceID == "blocked" {
					a = foreignAnswer(403)
				}
			}
			s.Answer(start.Add(at), b.ID, a)
		}
		at = time.Duration(added) * 2 * time.Minute
		if wake, ok := s.Wake(); ok {
			at = min(at, wake.Sub(start))
		}
	}
	if s.Len() > 2 {
		t.Errorf("%d events held after an hour, want the blocked one and perhaps the last", s.Len())
	}
}

// The Scheduler keeps ids of its own: those of an event may be parts of a large text.
func TestScheduler_keepsIDsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{})
	large := "prefix of much text: device, user"
	e := &Event{DeviceID: large[21:27], UserID: large[29:], Wire: []byte("{}")}
	s.Add(start, e)
	expectOwn := func(id string) {
		if data := unsafe.StringData(id); data == unsafe.StringData(e.DeviceID) || data == unsafe.StringData(e.UserID) {
			t.Errorf("id %q is a part of the caller's text", id)
		}
	}
	for _, of := range []*limiters{&s.devices, &s.users} {
		for id, p := range of.byID {
			expectOwn(id)
			expectOwn(p.id)
		}
	}
	b, _ := s.Next(start)
	s.Answer(start, b.ID, amplitude.Answer{Status: 200})
	if remembered(s) != 2 {
		t.Errorf("%d ids are remembered, want the device and the user", remembered(s))
	}
	for _, of := range []*limiters{&s.devices, &s.users} {
		for id := range of.recent {
			expectOwn(id)
		}
	}
	for _, r := range s.releases.all() {
		expectOwn(r.device)
		expectOwn(r.user)
	}
}

// A lane that is woken for the slot of a user and then cannot use it, because its
// device was parked in between, must pass the slot on.
func TestScheduler_passesSlotsOn(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{PerSecond: 1})
	event := func(user, device string) {
		s.Add(start, &Event{UserID: user, DeviceID: device, Wire: []byte("{}")})
	}
	event("u", "a")
	first := take(s, 0)[0]
	event("u", "b")
	event("u", "c")
	event("other", "x")
	second := take(s, 0)[0]
	s.Answer(start, first.ID, amplitude.Answer{Status: 200})
	s.Answer(start.Add(window), second.ID, amplitude.Answer{Status: 429, ThrottledDevices: []string{"b"}})
	got := take(s, window)
	if len(got) != 1 || got[0].Events[0].DeviceID != "c" {
		t.Fatalf("sent %+v, want the event of device c", got)
	}
}

// A time that goes backward neither sends early nor stops the clockwork.
func TestScheduler_clockGoesBackward(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{PerSecond: 1})
	s.Add(start, &Event{DeviceID: "d", Wire: []byte("{}")})
	b := take(s, time.Hour)[0]
	s.Answer(start, b.ID, amplitude.Answer{Status: 200})
	s.Add(start, &Event{DeviceID: "d", Wire: []byte("{}")})
	if got := take(s, 0); len(got) != 0 {
		t.Fatalf("sent %d batches within a second", len(got))
	}
	if got := take(s, time.Hour+window); len(got) != 1 {
		t.Fatalf("sent %d batches a second later, want 1", len(got))
	}
}

func TestScheduler_respectsBytes(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{MaxBytes: 10})
	for i, size := range []int{4, 4, 4, 20} {
		s.Add(start, &Event{DeviceID: fmt.Sprintf("d%d", i), Wire: make([]byte, size)})
	}
	var got []int
	for _, b := range take(s, 0) {
		got = append(got, len(b.Events))
	}
	if want := "[2 1 1]"; fmt.Sprint(got) != want {
		t.Fatalf("batches of %v events, want %s", got, want)
	}
}
