package cohort

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
)

// imports is a partner that keeps what it gets. It answers nothing until it is released.
type imports struct {
	url     string
	arrived chan struct{} // a value for each request
	release func()

	mu      sync.Mutex // guards the rest
	title   string
	members map[string]bool
}

func newImports(t *testing.T, silent bool) *imports {
	t.Helper()
	released := make(chan struct{})
	p := &imports{arrived: make(chan struct{}, 1000), members: map[string]bool{}, release: sync.OnceFunc(func() { close(released) })}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct {
			Name    string       `json:"name"`
			Changes []changeBody `json:"cohort_changes"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		p.arrived <- struct{}{}
		<-released
		p.mu.Lock()
		defer p.mu.Unlock()
		if body.Name != "" {
			p.title = body.Name
		}
		for _, c := range body.Changes {
			for _, id := range c.UserIDs {
				p.members[id] = !c.ShouldRemove
			}
		}
	}))
	t.Cleanup(func() { p.release(); server.Close() })
	if p.url = server.URL; !silent {
		p.release()
	}
	return p
}

func (p *imports) cohort(id string, users ...string) control.Cohort {
	return control.Cohort{ID: id, Name: strings.ToUpper(id), UserIDs: users, Sync: &control.CohortSync{URL: p.url, Cadence: control.Hourly}}
}

func registry(t *testing.T) (*Registry, *clock.Clock) {
	t.Helper()
	c := clock.Stopped(noon, time.Now)
	r := New(c, "amplitude")
	t.Cleanup(r.Close)
	return r, c
}

// TestRegistry_silentPartner syncs to a partner that does not answer, and to one that
// does: the first holds up neither calls whose callers give up, nor the second, nor the
// end.
func TestRegistry_silentPartner(t *testing.T) {
	t.Parallel()
	r, clock := registry(t)
	silent, answers := newImports(t, true), newImports(t, false)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, id := range []string{"a", "b", "c"} {
		if c, err := r.Define(gone, silent.cohort(id, "user-0001")); err != nil || c.Status.State != control.SyncWaiting {
			t.Errorf("Define(%s) = %+v, %v; want a sync that waits", id, c.Status, err)
		}
	}
	<-silent.arrived
	for range 3 {
		if c, err := r.Define(t.Context(), answers.cohort("d", "user-0001")); err != nil || c.Status.State != control.SyncDone {
			t.Errorf("Define with a partner who answers = %+v, %v; want it done", c.Status, err)
		}
		if _, err := clock.Advance(time.Hour); err != nil {
			t.Fatal(err)
		}
		r.Run(gone)
		if c, err := r.Sync(gone, "a"); err != nil || c.Status.Runs != 0 {
			t.Errorf("Sync with a silent partner = %+v, %v; want none done", c.Status, err)
		}
	}
	if c, err := r.Get("b"); err != nil || c.Status.Requests != 0 {
		t.Errorf("the second cohort of the silent partner: %+v, %v; want one request at a time to him", c.Status, err)
	}
}

// TestRegistry_changedWhileSilent replaces a cohort, and starts its sync, while the
// requests of its first definition are not answered: the partner ends up with the
// members and the name of the last one.
func TestRegistry_changedWhileSilent(t *testing.T) {
	t.Parallel()
	r, _ := registry(t)
	partner := newImports(t, true)
	gone, leave := context.WithCancel(t.Context())
	leave()
	define := func(name string, users ...string) {
		t.Helper()
		c := partner.cohort("a", users...)
		c.Name = name
		if _, err := r.Define(gone, c); err != nil {
			t.Fatal(err)
		}
	}
	define("FIRST", "user-0001", "user-0002")
	<-partner.arrived
	define("SECOND", "user-0003")
	define("FIRST", "user-0002")
	if _, err := r.Sync(gone, "a"); err != nil {
		t.Fatal(err)
	}
	partner.release()
	c, err := r.Sync(t.Context(), "a")
	if err != nil || c.Status.State != control.SyncDone || c.Status.Members != 1 {
		t.Errorf("at last: %+v, %v; want it done with one member", c.Status, err)
	}
	partner.mu.Lock()
	defer partner.mu.Unlock()
	for id, member := range partner.members {
		if !member {
			delete(partner.members, id)
		}
	}
	if diff := cmp.Diff(map[string]bool{"user-0002": true}, partner.members); diff != "" || partner.title != "[Amplitude] FIRST: a" {
		t.Errorf("the partner has %q with (-want +got):\n%s", partner.title, diff)
	}
}
