package cohort

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// parallel is how many requests of one cohort are under way at a time (Amplitude's
// page on receiving behavioral cohorts).
const parallel = 4

// ErrUnknown is about a cohort that is not there.
var ErrUnknown = errors.New("no cohort of that id")

// Clock is the clock that syncs follow.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own when the clock, as it now runs,
	// gets to an instant; maybe never. The result cancels that.
	AfterFunc(at time.Time, f func()) (stop func() bool)
}

// Registry holds the cohorts and runs their syncs. It is safe for concurrent use.
// Between runs it has no goroutine, only a timer.
type Registry struct {
	clock  Clock
	name   string // of Amplitude, with its partners
	client *http.Client
	ctx    context.Context // ends with Close, and the requests under way with it
	cancel context.CancelFunc

	mu      sync.Mutex // guards the rest
	cohorts map[string]*cohort
	lanes   map[string]*lane // those at work, by the base URL of the partner
	atWork  sync.WaitGroup   // lanes; none is added once ctx has ended
	stop    func() bool      // cancels the timer
}

// New returns an empty registry. The name is that which Amplitude goes by with its
// partners; it stands in the paths of their APIs.
func New(c Clock, name string) *Registry {
	ctx, cancel := context.WithCancel(context.Background())
	return &Registry{
		clock: c, name: name, client: newClient(), ctx: ctx, cancel: cancel,
		cohorts: map[string]*cohort{}, lanes: map[string]*lane{}, stop: func() bool { return false },
	}
}

// Close stops the syncs and waits for the requests under way, which it ends. It may
// be called more than once.
func (r *Registry) Close() {
	r.cancel()
	r.mu.Lock()
	r.stop()
	r.mu.Unlock()
	r.atWork.Wait()
	r.client.CloseIdleConnections()
}

// Define makes a cohort or replaces the one of that id, and tries a run that is due.
// It waits for that no longer than the context.
func (r *Registry) Define(ctx context.Context, c control.Cohort) (control.Cohort, error) {
	made, err := define(c, r.name, r.clock.Now())
	if err != nil {
		return control.Cohort{}, err
	}
	r.mu.Lock()
	if old := r.cohorts[made.id]; old != nil {
		made.inherit(old)
	}
	r.cohorts[made.id] = made
	shown, pass := made.shown(), r.start(made)
	r.mu.Unlock()
	return r.after(ctx, pass, shown), nil
}

// Get shows one cohort.
func (r *Registry) Get(id string) (control.Cohort, error) {
	return r.with(id, func(*cohort) error { return nil })
}

// Change changes the members of a cohort.
func (r *Registry) Change(id string, change control.CohortChange) (control.Cohort, error) {
	return r.with(id, func(c *cohort) error { return c.change(change) })
}

// Sync tries a run now. It waits for that no longer than the context.
func (r *Registry) Sync(ctx context.Context, id string) (control.Cohort, error) {
	var pass <-chan struct{}
	shown, err := r.with(id, func(c *cohort) error {
		if c.sync == nil {
			return fmt.Errorf("cohort %q: it is not synced to anybody; define it with sync", id)
		}
		if c.busy {
			c.again = true
		} else {
			c.sync.Restart(r.clock.Now())
		}
		pass = r.start(c)
		return nil
	})
	if err != nil {
		return control.Cohort{}, err
	}
	return r.after(ctx, pass, shown), nil
}

// after waits for a pass and shows a cohort as it then is, or as it was if it has been
// deleted meanwhile.
func (r *Registry) after(ctx context.Context, pass <-chan struct{}, was control.Cohort) control.Cohort {
	wait(ctx, pass)
	if now, err := r.Get(was.ID); err == nil {
		return now
	}
	return was
}

// List shows the cohorts of a key, or all if it is empty, by id.
func (r *Registry) List(apiKey string) []control.Cohort {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []control.Cohort{}
	for _, c := range r.sorted() {
		if apiKey == "" || c.apiKey == apiKey {
			list = append(list, c.shown())
		}
	}
	return list
}

// Delete forgets a cohort.
func (r *Registry) Delete(id string) error {
	_, err := r.with(id, func(*cohort) error {
		delete(r.cohorts, id)
		return nil
	})
	return err
}

// Clear forgets the cohorts of a key, or all if it is empty.
func (r *Registry) Clear(apiKey string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.cohorts, func(_ string, c *cohort) bool { return apiKey == "" || c.apiKey == apiKey })
}

func (r *Registry) with(id string, do func(*cohort) error) (control.Cohort, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.cohorts[id]
	if c == nil {
		return control.Cohort{}, fmt.Errorf("cohort %q: %w", id, ErrUnknown)
	}
	if err := do(c); err != nil {
		return control.Cohort{}, err
	}
	return c.shown(), nil
}

func (r *Registry) sorted() []*cohort {
	return slices.SortedFunc(maps.Values(r.cohorts), func(a, b *cohort) int { return strings.Compare(a.id, b.id) })
}
