package cohort

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const title = "[Amplitude] TEST_COHORT: abcd1234"

var errLost = errors.New("lost")

// members returns n users.
func members(n int) Set {
	s := Set{}
	for i := range n {
		s[ID{User, fmt.Sprintf("user-%05d", i)}] = struct{}{}
	}
	return s
}

func TestSync_batches(t *testing.T) {
	t.Parallel()
	s := newSync(0, noon)
	send := s.Begin(title, members(2500), noon)
	var sizes []int
	for _, b := range send.Batches {
		sizes = append(sizes, len(b))
	}
	if diff := cmp.Diff([]int{1000, 1000, 500}, sizes); diff != "" || send.Title != title {
		t.Errorf("first attempt: title %q, batches (-want +got):\n%s", send.Title, diff)
	}
	s.End(Result{Batches: []error{nil, nil, nil}}, noon)
	if got := s.Status(); got.State != control.SyncDone || got.Members != 2500 || got.Requests != 4 || got.Runs != 1 || got.NextAt != nil {
		t.Errorf("status %+v, want done with 2500 members after 4 requests, nothing to come", got)
	}
}

func TestSync_retriesOnlyWhatFailed(t *testing.T) {
	t.Parallel()
	s := newSync(0, noon)
	s.Begin(title, members(2500), noon)
	s.End(Result{Batches: []error{nil, errLost, nil}}, noon)
	if at := s.At(); !at.Equal(noon.Add(time.Second)) {
		t.Errorf("retry at %v, want a second later", at)
	}
	send := s.Begin(title, members(2500), s.At())
	if send.Title != "" || len(send.Batches) != 1 || send.Batches[0][0].Value != "user-01000" {
		t.Errorf("retry sends the title %q and %d batches, want the second batch alone", send.Title, len(send.Batches))
	}
}

func TestSync_noMembersBeforeTitle(t *testing.T) {
	t.Parallel()
	s := newSync(0, noon)
	s.Begin(title, members(1), noon)
	s.End(Result{Title: errLost}, noon)
	if send := s.Begin(title, members(1), s.At()); send.Title != title || len(send.Batches) != 1 {
		t.Errorf("retry sends %+v, want title and members", send)
	}
	if got := s.Status(); got.Requests != 1 || got.Error != "lost" {
		t.Errorf("status %+v, want one request and the error", got)
	}
}

// Eight retries, after 1 s doubling to 128 s.
func TestSync_givesUp(t *testing.T) {
	t.Parallel()
	s := newSync(time.Hour, noon)
	now := noon
	var waits []time.Duration
	for range 9 {
		s.Begin(title, members(1), now)
		s.End(Result{Batches: []error{errLost}}, now)
		if s.run != nil {
			waits = append(waits, s.At().Sub(now))
			now = s.At()
		}
	}
	const s1 = time.Second
	want := []time.Duration{s1, 2 * s1, 4 * s1, 8 * s1, 16 * s1, 32 * s1, 64 * s1, 128 * s1}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if got := s.Status(); got.State != control.SyncFailed || got.Runs != 1 || !got.NextAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("status %+v, want failed, next run at 13:00", got)
	}
	if send := s.Begin(title, members(1), *s.Status().NextAt); len(send.Batches) != 1 {
		t.Errorf("the run after the failed one sends %+v, want the member again", send)
	}
}

func TestSync_permanentErrorIsNotRetried(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want control.SyncState
	}{
		{statusError(400), control.SyncFailed},
		{statusError(401), control.SyncFailed},
		{statusError(408), control.SyncRetrying},
		{statusError(423), control.SyncRetrying},
		{statusError(429), control.SyncRetrying},
		{statusError(503), control.SyncRetrying},
		{errLost, control.SyncRetrying},
	} {
		for _, r := range []Result{{Title: c.err}, {Batches: []error{c.err}}} {
			s := newSync(0, noon)
			s.Begin(title, members(1), noon)
			s.End(r, noon)
			if got := s.Status().State; got != c.want {
				t.Errorf("after %+v: %s, want %s", r, got, c.want)
			}
		}
	}
}

func TestSync_cadence(t *testing.T) {
	t.Parallel()
	s := newSync(time.Hour, noon)
	run := func(now time.Time) Attempt {
		t.Helper()
		send := s.Begin(title, members(1), now)
		s.End(Result{Batches: make([]error, len(send.Batches))}, now)
		return send
	}
	run(noon)
	if at := s.At(); !at.Equal(noon.Add(time.Hour)) {
		t.Errorf("next run %v, want 13:00", at)
	}
	// A jump over several hours makes one run, and keeps the minute.
	if send := run(noon.Add(150 * time.Minute)); send.Title != "" || len(send.Batches) != 0 {
		t.Errorf("a run without change sends %+v, want nothing", send)
	}
	if at := s.At(); !at.Equal(noon.Add(3 * time.Hour)) {
		t.Errorf("next run %v, want 15:00", at)
	}
	s.Restart(noon.Add(151 * time.Minute))
	if send := s.Begin("[Amplitude] NEW: abcd1234", members(1), noon.Add(151*time.Minute)); send.Title != "[Amplitude] NEW: abcd1234" {
		t.Errorf("the run after a new name sends %+v, want the title", send)
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	idle := newSync(0, noon)
	idle.Begin(title, Set{}, noon)
	idle.End(Result{}, noon)
	now, soon, later := newSync(0, noon), newSync(0, noon.Add(time.Minute)), newSync(0, noon.Add(time.Hour))
	all := []*Sync{later, idle, soon, now}
	due, next := Due(all, noon)
	if len(due) != 1 || due[0] != now || !next.Equal(noon.Add(time.Minute)) {
		t.Errorf("due %v, next %v, want the one of noon, then 12:01", due, next)
	}
	if due, next = Due(all, noon.Add(time.Hour)); len(due) != 3 || !next.IsZero() {
		t.Errorf("an hour later %d due, next %v, want 3 and none", len(due), next)
	}
}
