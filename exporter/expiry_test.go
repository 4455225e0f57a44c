package exporter_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// rig is an exporter with a durable queue, a clock of its own and a key that is
// refused.
type rig struct {
	t     *testing.T
	sim   *simtest.Server
	clock *clock
	cfg   exporter.Config
	x     *exporter.Exporter
	stop  func()
	// looks is how often await looks before it lets a minute pass.
	looks int
	step  time.Duration // by which await moves the clock; at least a minute
	still bool          // the clock is not to be moved

	mu     sync.Mutex // guards states
	states []status.KeyState
}

func newRig(t *testing.T, queue exporter.Queue) *rig {
	t.Helper()
	r := &rig{t: t, sim: simtest.Start(t), clock: newClock(), looks: 100}
	r.cfg = exporter.Config{
		URL: r.sim.URL, APIKey: r.sim.Key, Clock: r.clock, Queue: queue, DeadLetterExpired: true,
		OnKey: func(s status.KeyState) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.states = append(r.states, s)
		},
	}
	r.open()
	t.Cleanup(func() { r.close() })
	return r
}

func (r *rig) open() {
	r.t.Helper()
	r.x = openExporter(r.t, r.cfg)
	r.stop = running(r.t, r.x)
}

func (r *rig) close() {
	r.stop()
	if err := r.x.Close(); err != nil {
		r.t.Errorf("Close: %v", err)
	}
}

func openExporter(t *testing.T, cfg exporter.Config) *exporter.Exporter {
	t.Helper()
	x, err := exporter.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// post posts events of one user.
func (r *rig) post(from, to int) {
	r.t.Helper()
	for i := from; i < to; i++ {
		if got := post(r.t, r.x, open(fmt.Sprintf("event-%05d", i), "user-0001")); got.Code != http.StatusOK {
			r.t.Fatalf("post with a refused key: %d %s", got.Code, got.Body)
		}
	}
}

// pass lets time pass, and waits until a probe was answered then.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	before := control.Ledger{}
	if d > 0 {
		var err error
		if before, err = r.sim.Control.Ledger(r.t.Context(), r.sim.Key); err != nil {
			r.t.Fatal(err)
		}
	}
	r.clock.advance(d)
	for range 100 {
		ctx, cancel := context.WithTimeout(r.t.Context(), 200*time.Millisecond)
		_, err := r.sim.Control.Await(ctx, r.sim.Key, control.Until{Requests: before.Requests + 1})
		cancel()
		if err == nil {
			// The grace runs from when the exporter has seen the first refusal.
			r.still = true
			r.await("the news that the key is refused", func(exporter.Ledger) bool { return r.isRefused() })
			r.still = false
			return
		}
		// The answer before came after the clock was moved.
		r.clock.advance(time.Minute)
	}
	r.t.Fatalf("no probe in %v", d)
}

// isRefused reports whether the exporter has said that the key is refused.
func (r *rig) isRefused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.states) > 0 && r.states[len(r.states)-1].Refused
}

func (r *rig) await(what string, good func(exporter.Ledger) bool) exporter.Ledger {
	r.t.Helper()
	deadline := time.After(20 * time.Second)
	for n := 1; ; n++ {
		l := r.x.Ledger()
		if good(l) {
			return l
		}
		if n%max(r.looks, 1) == 0 && !r.still {
			r.clock.advance(max(r.step, time.Minute)) // an answer may have come after the clock was moved
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-deadline:
			r.t.Fatalf("waited in vain for %s: ledger %+v", what, l)
		}
	}
}

func (r *rig) expire() {
	r.t.Helper()
	if _, err := r.sim.Control.ExpireKey(r.t.Context(), r.sim.Key, time.Time{}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) renew() {
	r.t.Helper()
	if _, err := r.sim.Control.RenewKey(r.t.Context(), r.sim.Key); err != nil {
		r.t.Fatal(err)
	}
}

// A key is renewed after 47 hours, in which the exporter was restarted twice:
// everything is delivered, in order.
func TestGrace_renewedInTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS})
	r.expire()
	r.post(0, 10)
	r.pass(0)
	for hour := range 47 {
		if hour%20 == 10 {
			r.close()
			r.open()
		}
		r.pass(time.Hour)
	}
	r.post(10, 20)
	if l := r.x.Ledger(); l.Held != 20 {
		t.Errorf("ledger after 47 h: %+v, want 20 held", l)
	}
	r.renew()
	r.clock.advance(time.Minute)
	l := r.await("delivery", func(l exporter.Ledger) bool { return l.Held == 0 })
	if l.Accepted != 20 || l.Read != 20 || !l.Balanced() {
		t.Errorf("ledger %+v, want 20 accepted", l)
	}
	inOrder(t, r.sim, "user-0001", 20)
}

// After 49 hours what is queued is dropped, counted by type and reported; what comes
// later is still taken, and delivered once there is a key that works.
func TestGrace_over(t *testing.T) {
	t.Parallel()
	for _, durable := range []bool{true, false} {
		t.Run(fmt.Sprint("durable=", durable), func(t *testing.T) {
			t.Parallel()
			queue := exporter.Queue{}
			if durable {
				queue = exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS}
			}
			r := newRig(t, queue)
			r.expire()
			r.post(0, 10)
			r.pass(0)
			r.pass(24 * time.Hour)
			if durable {
				r.close()
				r.open()
			}
			r.pass(23 * time.Hour)
			r.post(10, 15)
			if l := r.x.Ledger(); l.Held != 15 {
				t.Errorf("ledger before the end: %+v, want 15 held", l)
			}
			r.clock.advance(2 * time.Hour)
			l := r.await("the drop", func(l exporter.Ledger) bool { return l.Held == 0 })
			want := exporter.Ledger{
				Read: 15, Dropped: map[string]int64{"key_expired": 15}, DeadLettered: map[string]int64{}, Faults: map[string]int64{},
				Expired: map[string]int64{"users.messages.email.Open": 15},
			}
			if diff := cmp.Diff(want, l); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
			// Still refused: the next ones wait for a probe, and go with it.
			r.post(15, 18)
			r.clock.advance(2 * time.Minute)
			r.await("the next drop", func(l exporter.Ledger) bool { return l.Dropped["key_expired"] == 18 })
			r.post(18, 20)
			r.renew()
			r.clock.advance(2 * time.Minute)
			l = r.await("delivery", func(l exporter.Ledger) bool { return l.Held == 0 })
			if l.Accepted != 2 || !l.Balanced() {
				t.Errorf("ledger after renewal %+v, want 2 accepted", l)
			}
			r.wantTold(durable)
			if durable {
				r.wantLetters(18)
			}
		})
	}
}

// wantTold checks the alerts: refused, again after a restart, dropping, accepted.
func (r *rig) wantTold(restarted bool) {
	r.t.Helper()
	accepted := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.states) > 0 && !r.states[len(r.states)-1].Refused
	}
	r.await("the alert that the key is accepted", func(exporter.Ledger) bool { return accepted() })
	r.mu.Lock()
	defer r.mu.Unlock()
	var got []string
	for _, s := range r.states {
		got = append(got, fmt.Sprint(s.Refused, s.Dropped > 0))
		if s.Refused && !s.Since.Equal(newClock().Now()) {
			r.t.Errorf("refused since %v, want the first refusal", s.Since)
		}
	}
	want := []string{"true false", "true false", "true true", "false true"}
	if !restarted {
		want = want[1:]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("key states (-want +got):\n%s", diff)
	}
}

// wantLetters checks that the dropped events can still be looked at.
func (r *rig) wantLetters(n int) {
	r.t.Helper()
	r.close()
	letters, err := exporter.OpenDeadLetters(r.t.Context(), r.cfg.Queue)
	if err != nil {
		r.t.Fatal(err)
	}
	for l, err := range letters.All(r.t.Context()) {
		if err != nil || l.Reason != "key_expired" || len(l.Event) == 0 {
			r.t.Errorf("dead letter %+v, %v", l, err)
		}
		n--
	}
	if err := letters.Close(); err != nil || n != 0 {
		r.t.Errorf("%d dead letters are missing, %v", n, err)
	}
	r.open()
}

// The clock is set back by a day while the key is refused: nothing is lost, and the
// grace does not end early.
func TestGrace_clockSetBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS})
	r.expire()
	r.post(0, 10)
	r.pass(0)
	r.close()
	r.clock.advance(-24 * time.Hour)
	r.open()
	for range 3 {
		r.pass(15 * time.Hour)
	}
	if l := r.x.Ledger(); l.Held != 10 {
		t.Errorf("ledger %+v, want 10 held", l)
	}
	r.clock.advance(-time.Hour) // while it runs
	r.renew()
	r.clock.advance(time.Hour + time.Minute)
	r.await("delivery", func(l exporter.Ledger) bool { return l.Accepted == 10 && l.Held == 0 })
	inOrder(t, r.sim, "user-0001", 10)
}
