package specs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// feed gives the events to an exporter that takes no posts: all at once, by the input that
// it claims.
func (r *run) feed(ctx context.Context, events []verdict.Posted) {
	r.step(func() error {
		if r.instance != nil {
			return r.postsOnly()
		}
		cases := make([]fixtures.Case, 0, len(events))
		for _, p := range events {
			if p.Storage == nil {
				return r.postsOnly()
			}
			cases = append(cases, fixtures.Case{EventType: p.EventType, Name: p.Case, Input: p.Storage})
		}
		in, held, err := r.holding(cases)
		switch {
		case err != nil:
			return err
		case len(held) < len(events):
			return r.postsOnly()
		}
		rejects := slices.ContainsFunc(events, func(p verdict.Posted) bool { return p.Poison })
		return r.read(ctx, in, events, rejects)
	})
}

// read starts the exporter with an input that ends. Any reports that it may end with any exit
// code, for part of the input is malformed, or never taken by the service.
func (r *run) read(ctx context.Context, in Input, events []verdict.Posted, anyEnd bool) error {
	reader, ok := r.target.Subject.(subject.Reader)
	if !ok {
		return verdict.Failuref(verdict.Unobservable, "%s: only a command or an image can be given it", r.input)
	}
	if r.input == requirement.AvroS3 {
		var err error
		if in, err = r.inBucket(ctx, in); err != nil {
			return err
		}
	}
	for _, p := range events {
		p.Taken = true
		r.posted = append(r.posted, p)
	}
	env := Env{AmplitudeURL: r.target.SimulatorURL, APIKey: r.key}
	reading := &reading{anyEnd: anyEnd, ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(reading.ended)
		reading.output, reading.result = reader.Read(ctx, env, in)
	}()
	r.cleanups.add(func(context.Context) {
		cancel()
		<-reading.ended
	})
	r.instance = reading
	return nil
}

// postsOnly is the failure of a scenario that only works with posts while the exporter runs.
func (r *run) postsOnly() *verdict.Failure {
	return verdict.Failuref(verdict.PostsOnly, "%s is not claimed, and this is shown with posts while the exporter runs", requirement.CustomHTTP)
}

// reading is an exporter that reads an input and ends.
type reading struct {
	anyEnd bool          // it may end with any exit code
	ended  chan struct{} // closed when the fields below are set
	output []byte
	result error
}

var _ Instance = (*reading)(nil)

// URL is empty: it takes no posts.
func (*reading) URL() string { return "" }

// Stop waits until the exporter has read its input and ended.
func (r *reading) Stop(ctx context.Context) error {
	select {
	case <-r.ended:
		if _, ended := errors.AsType[*subject.DeathError](r.result); ended && r.anyEnd {
			return nil
		}
		return r.result
	case <-ctx.Done():
		return fmt.Errorf("did not end with its input: %w", ctx.Err())
	}
}

// Output is what it printed; empty while it runs.
func (r *reading) Output() []byte {
	select {
	case <-r.ended:
		return r.output
	default:
		return []byte{}
	}
}
