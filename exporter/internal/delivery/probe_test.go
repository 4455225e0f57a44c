package delivery

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// A new key is tried at once, however long the wait after the refusals had become,
// and waits are short again after it. Answers to the old key are no news.
func TestScheduler_Probe(t *testing.T) {
	t.Parallel()
	refusal := amplitude.Answer{Status: 400, KeyRefused: true}
	s := newScheduler(Config{MaxEvents: 1, MaxUploads: 4})
	for _, id := range []string{"a", "b", "c"} {
		s.Add(start, &Event{DeviceID: id, Wire: []byte("{}")})
	}
	at := time.Duration(0)
	for range 6 {
		for _, b := range take(s, at) {
			s.Answer(start.Add(at), b.ID, refusal)
		}
		at += 20 * time.Minute
	}
	old := take(s, at)
	if len(old) != 1 {
		t.Fatalf("%d probes in flight, want 1", len(old))
	}
	s.Probe(start.Add(at))
	s.Answer(start.Add(at), old[0].ID, refusal)
	fresh := take(s, at)
	if len(fresh) != 1 || !s.KeyRefused() {
		t.Fatalf("%d batches right after the change, refused %v; want one probe and true", len(fresh), s.KeyRefused())
	}
	s.Answer(start.Add(at), fresh[0].ID, amplitude.Answer{Status: 200})
	if s.KeyRefused() {
		t.Error("the key is refused after a success")
	}
	if got := len(take(s, at)); got != 2 {
		t.Errorf("%d batches after the success, want the other 2", got)
	}
}

// Without a refusal a change of the key is no reason to hurry.
func TestScheduler_Probe_outage(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{})
	s.Add(start, &Event{DeviceID: "a", Wire: []byte("{}")})
	s.Answer(start, take(s, 0)[0].ID, amplitude.Answer{Status: 503})
	s.Probe(start)
	if got := take(s, 0); len(got) != 0 {
		t.Errorf("%d batches in the wait after a 503, want none", len(got))
	}
}

func TestScheduler_Parked(t *testing.T) {
	t.Parallel()
	s := newScheduler(Config{ThrottlePause: 30 * time.Second, QuotaPause: time.Hour})
	for _, id := range []string{"slow", "full", "fine"} {
		s.Add(start, &Event{DeviceID: id, Wire: []byte("{}")})
	}
	b := take(s, 0)[0]
	s.Answer(start, b.ID, amplitude.Answer{
		Status: 429, ThrottledDevices: []string{"slow", "full", "unheard of"}, QuotaDevices: []string{"full"},
	})
	for _, row := range []struct {
		at   time.Duration
		want int
	}{{0, 2}, {29 * time.Second, 2}, {31 * time.Second, 1}, {59 * time.Minute, 1}, {62 * time.Minute, 0}} {
		take(s, row.at)
		if got := s.Throttled(); got != row.want {
			t.Errorf("%d parked after %v, want %d", got, row.at, row.want)
		}
	}
}
