package source

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// memoryValues are values that several processes share. Faults are for the next call.
type memoryValues struct {
	mu         sync.Mutex
	stored     map[string][]byte
	down       bool // no call does anything
	unanswered bool // the next update is stored, and fails
	updates    int
	check      func(value []byte) // what is stored. Optional
}

var errNoAnswer = errors.New("no answer")

func (m *memoryValues) State(_ context.Context, key string) (value []byte, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, false, errNoAnswer
	}
	value, ok = m.stored[key]
	return value, ok, nil
}

func (m *memoryValues) UpdateState(_ context.Context, key string, change func(value []byte) ([]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return errNoAnswer
	}
	value, err := change(m.stored[key])
	if err != nil || value == nil {
		return err
	}
	m.updates++
	m.stored[key] = value
	if m.check != nil {
		m.check(value)
	}
	if m.unanswered {
		m.unanswered = false
		return errNoAnswer
	}
	return nil
}

// sharing are processes that share a store with two objects in each of two folders.
type sharing struct {
	*testing.T
	values *memoryValues
	now    time.Time
}

const testLease = 30 * time.Second

var allObjects = []string{"s3://b/t=A/date=1/a", "s3://b/t=A/date=2/b", "s3://b/t=B/date=1/c", "s3://b/t=B/date=2/d"}

func newSharing(t *testing.T) *sharing {
	t.Helper()
	return &sharing{t, &memoryValues{stored: map[string][]byte{}}, time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
}

// skewedClock is the clock of one process, of which no other has the time.
type skewedClock struct {
	now  *time.Time
	skew time.Duration
}

func (c skewedClock) Now() time.Time { return c.now.Add(c.skew) }

func (skewedClock) After(time.Duration) <-chan time.Time { return nil }

// sharer is a process.
type sharer struct {
	*Shared
	t   *testing.T
	now *time.Time
}

func (s *sharing) process(owner string, skew time.Duration) sharer {
	return sharer{NewShared(s.Context(), SharedConfig{
		Values: s.values, Queue: "queue-1", Owner: owner, Lease: testLease,
		Clock: skewedClock{&s.now, skew}, Logger: slog.New(slog.DiscardHandler),
	}), s.T, &s.now}
}

func (p sharer) object(key string) *Input {
	return &Input{
		name: key + ".ndjson", key: key, size: 9, version: "v", remote: true, changed: p.now.Add(-48 * time.Hour),
		open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(records(3))), nil },
	}
}

// list claims what can be claimed in a listing of objects.
func (p sharer) list(keys ...string) (claimed []*Input) {
	p.beginListing(*p.now)
	for _, key := range keys {
		if in := p.object(key); p.Claim(in) {
			claimed = append(claimed, in)
		}
	}
	for _, key := range keys {
		if folder, ok := dateFolder(key); ok {
			p.leave(folder)
		}
	}
	p.prune(*p.now, true, func(string) bool { return true })
	return claimed
}

// read reads objects to their ends, and stores what it reads.
func (p sharer) read(inputs []*Input) {
	for _, in := range inputs {
		ids(p.t, in, 100)
		in.Mark()()
	}
}

func (p sharer) save() {
	p.t.Helper()
	p.Fold(p.cfg.Logger)
	if err := p.SaveAfter(func() error { return nil }); err != nil {
		p.t.Fatal(err)
	}
}

func keysOf(inputs []*Input) string {
	var all strings.Builder
	for _, in := range inputs {
		all.WriteString(in.key[len(in.key)-1:])
	}
	return all.String()
}

func (p sharer) want(claimed []*Input, want string) {
	p.t.Helper()
	if got := keysOf(claimed); got != want {
		p.t.Errorf("%s claims %q, want %q", p.cfg.Owner, got, want)
	}
}
