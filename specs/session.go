package specs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/subject"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// session is one exporter with an API key of its own.
type session struct {
	*bench
	key      string
	stateDir string
	instance Instance
	posted   []verdict.Posted
	marks    map[string]time.Time
}

// subjectError is a failure of the exporter; every other error is one of the harness.
type subjectError struct{ error }

func (e subjectError) Unwrap() error { return e.error }

// untestable tells that the configuration of the exporter leaves a requirement
// out of reach.
type untestable struct{ error }

func (e untestable) Unwrap() error { return e.error }

// errNoStart tells that the exporter cannot be started, which makes the whole run
// pointless.
var errNoStart = errors.New("the subject does not start")

// open makes a key with the limits, nil for the published ones, and starts the
// exporter with it.
func (b *bench) open(ctx context.Context, limits *control.Limits) (*session, error) {
	if !slices.Contains(b.target.About.Capabilities, requirement.CustomHTTP) {
		return nil, subjectError{fmt.Errorf("%s is not claimed, and this is shown with such posts", requirement.CustomHTTP)}
	}
	key, err := b.target.Control.CreateKey(ctx, control.Key{APIKey: b.target.APIKey, Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("create key: %w", err)
	}
	if b.target.APIKey != "" {
		if err := b.target.Control.Reset(ctx, key.APIKey); err != nil {
			return nil, fmt.Errorf("reset key: %w", err)
		}
	}
	s := &session{bench: b, key: key.APIKey, marks: map[string]time.Time{}}
	if s.stateDir, err = b.newStateDir(); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

// newStateDir makes a directory that lasts until the recording is made.
func (b *bench) newStateDir() (string, error) {
	dir, err := os.MkdirTemp("", "ammeter-state-")
	if err != nil {
		return "", fmt.Errorf("make state directory: %w", err)
	}
	b.leftovers.add(func(context.Context) { _ = os.RemoveAll(dir) })
	// An exporter in a container may run as somebody else.
	const anybody = 0o777
	return dir, os.Chmod(dir, anybody)
}

// start starts an exporter with the key and the state directory of the session.
func (s *session) start(ctx context.Context) error {
	instance, err := s.target.Subject.Start(ctx, Env{AmplitudeURL: s.target.SimulatorURL, APIKey: s.key, StateDir: s.stateDir})
	switch {
	case errors.Is(err, subject.ErrNotListening) && s.target.APIKey == "":
		return subjectError{fmt.Errorf("%s is claimed, but %w", requirement.CustomHTTP, err)}
	case err != nil:
		return fmt.Errorf("%w: %w", errNoStart, err)
	}
	// A recording that is cut short leaves its exporter running; Stop may be called again.
	s.leftovers.add(func(ctx context.Context) { _ = instance.Stop(ctx) })
	s.instance = instance
	return nil
}

// mark notes the present instant of the simulator's clock.
func (s *session) mark(ctx context.Context, name string) error {
	now, err := s.target.Control.Clock(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	s.marks[name] = now.Now
	return nil
}

// await waits until the simulator has counted that much, or the time is over. Not
// getting there is no error: the traffic will tell.
func (s *session) await(ctx context.Context, within time.Duration, until control.Until) error {
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := s.target.Control.Await(waiting, s.key, until)
	if err != nil && waiting.Err() == nil {
		return fmt.Errorf("wait for traffic: %w", err)
	}
	return ctx.Err()
}

// due is the number of posted events that must be accepted.
func (s *session) due() uint64 {
	n := uint64(0)
	for _, p := range s.posted {
		if p.Taken && p.Want != nil {
			n++
		}
	}
	return n
}

// finish ends the exporter, which makes it deliver what it has left, and returns
// the recording.
func (s *session) finish(ctx context.Context) (verdict.Traffic, error) {
	stopped := s.instance.Stop(ctx)
	if s.target.APIKey != "" {
		if err := s.quiet(ctx); err != nil {
			return verdict.Traffic{}, err
		}
	}
	t, err := s.journal(ctx, s.key)
	if err != nil {
		return t, err
	}
	t.Posted, t.Events = s.posted, withoutSentinel(t.Events)
	t.Output, t.Stop, t.Marks = s.instance.Output(), stopped, s.marks
	return t, nil
}

// soFar returns the recording as it is, with the exporter still running.
func (s *session) soFar(ctx context.Context) (verdict.Traffic, error) {
	t, err := s.journal(ctx, s.key)
	t.Posted = s.posted
	return t, err
}

// quiet waits until nothing has come for a second from an exporter that the
// harness cannot end.
func (s *session) quiet(ctx context.Context) error {
	for {
		before, err := s.target.Control.Ledger(ctx, s.key)
		if err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		if err := s.await(ctx, time.Second, control.Until{Requests: before.Requests + 1}); err != nil {
			return err
		}
		after, err := s.target.Control.Ledger(ctx, s.key)
		if err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		if after.Requests == before.Requests {
			return nil
		}
	}
}
