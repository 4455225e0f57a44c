package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
)

// Values keeps small values by key for all processes that share a queue.
type Values interface {
	State(ctx context.Context, key string) (value []byte, ok bool, err error)
	// UpdateState replaces a value, nil if there is none, by what change makes of it. If
	// another process stores one at the same time, change is called again with that. It
	// stores nothing if change returns nil or an error.
	UpdateState(ctx context.Context, key string, change func(value []byte) ([]byte, error)) error
}

// SharedConfig configures a Shared. All fields are required.
type SharedConfig struct {
	Values Values
	// Queue is the ID of the queue that the events are stored in. Positions of another one
	// do not count.
	Queue string
	// Owner names this process. No other process has the same.
	Owner string
	// Lease is how long a process that fell silent keeps its shares.
	Lease  time.Duration
	Clock  clock.Clock
	Logger *slog.Logger
}

// Shared remembers how far objects of stores were read for all processes that share a
// queue, and lets one at a time read a share of them. What is read of a share is stored
// about once a second, and so is the lease. Inputs of other kinds are of this process
// alone, and are forgotten with it. It is safe for concurrent use.
type Shared struct {
	cfg   SharedConfig
	ctx   context.Context // of what is stored
	local *Cursor

	mu     sync.Mutex // guards what follows, and is held while something is stored
	shares map[string]*share
	at     *share    // where the listing is; nil: nowhere
	began  time.Time // when it began
}

// NewShared returns the positions that are stored. ctx carries values alone.
func NewShared(ctx context.Context, cfg SharedConfig) *Shared {
	return &Shared{cfg: cfg, ctx: context.WithoutCancel(ctx), local: newCursor(), shares: map[string]*share{}}
}

// Claim is that of Positions. Whether this process may read a share is decided once in a
// listing, at the first object of it: so no object is read before one that comes first.
func (s *Shared) Claim(in *Input) bool {
	if !in.remote {
		return s.local.Claim(in)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.come(in)
	if p.others || p.cursor.isDone(in) {
		return false
	}
	if p.held == nil && !s.acquire(p) {
		p.others = true
		return false
	}
	in.lost = p.held
	return p.cursor.Claim(in)
}

func (s *Shared) touch(in *Input) {
	if !in.remote {
		s.local.touch(in)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.come(in); p.cursor != nil {
		p.cursor.touch(in)
	}
}

// come returns the share of an object, where the listing is now.
func (s *Shared) come(in *Input) *share {
	name := shareOf(in.key)
	p := s.shares[name]
	if p == nil {
		p = &share{name: name}
		s.shares[name] = p
	}
	if p != s.at {
		s.pass()
		s.at, p.passed = p, false
	}
	if !p.looked {
		p.looked, p.whole, p.others = true, true, !s.look(p)
	}
	return p
}

func (s *Shared) pass() {
	if s.at != nil {
		s.at.passed = true
	}
	s.at = nil
}

func (s *Shared) isFolded(folder string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.shares[shareOf(folder)]
	return p != nil && p.cursor != nil && p.cursor.isFolded(folder)
}

func (s *Shared) leave(folder string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.shares[shareOf(folder)]; p != nil && p.cursor != nil {
		p.cursor.leave(folder)
	}
}

func (s *Shared) beginListing(now time.Time) {
	s.local.beginListing(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass() // the listing before may have ended with an error
	s.began = now
	for _, p := range s.shares {
		p.looked = false
		if p.cursor != nil {
			p.cursor.beginListing(now)
		}
	}
}

// Fold is that of Positions.
func (s *Shared) Fold(log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.shares {
		if p.cursor != nil && !p.others {
			p.cursor.Fold(log)
		}
	}
}

func (s *Shared) prune(now time.Time, all bool, belongs func(key string) bool) {
	s.local.prune(now, all, belongs)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	for _, p := range s.shares {
		if p.looked && p.whole && !p.others {
			p.cursor.prune(now, all, belongs)
		}
	}
}

func (s *Shared) unread() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.shares)) {
		if err := s.shares[name].failed; err != nil {
			errs = append(errs, fmt.Errorf("folder %q was not read: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// SaveAfter stores what has changed, renews leases, and gives those up that are no longer
// needed. Before that it calls ready, which has to bring to the disk what became of the
// events.
func (s *Shared) SaveAfter(ready func() error) error {
	if err := ready(); err != nil {
		return fmt.Errorf("save cursor: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, p := range s.shares {
		switch {
		case s.isOver(p):
			s.lose(p, "it could not be renewed")
		case err == nil: // else the others would wait in vain, too
			err = s.save(p)
		}
	}
	return err
}

// Close stores what is safe, and gives all leases up.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.shares {
		if p.held != nil {
			p.held.Store(true)
			errs = append(errs, s.store(p, ""))
		}
	}
	return errors.Join(errs...)
}
