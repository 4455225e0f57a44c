package specs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// finish ends the exporter, which makes it deliver what it has left, and returns the
// recording, or the error of the first step that failed.
func (r *run) finish(ctx context.Context) (verdict.Traffic, error) {
	r.step(func() error {
		if r.instance == nil {
			return r.postsOnly()
		}
		return nil
	})
	for _, other := range r.others {
		r.step(func() error { return other.err })
		r.posted = append(r.posted, other.posted...)
	}
	if r.err != nil {
		return verdict.Traffic{}, r.err
	}
	stopped := r.end(ctx)
	output := r.instance.Output()
	for _, other := range r.others {
		stopped = errors.Join(stopped, other.end(ctx))
		output = append(output, other.instance.Output()...)
	}
	if r.target.APIKey != "" {
		r.waitIdle(ctx)
	}
	t, err := r.snapshot(ctx)
	t.Events, t.Output, t.Stop, t.Marks = withoutSentinel(t.Events), output, stopped, r.marks
	return t, err
}

// end ends the exporter.
func (r *run) end(ctx context.Context) error {
	stopped := r.instance.Stop(ctx)
	if r.input != "" {
		if death := r.deathIn(stopped, "the input "+r.input); death != nil {
			return errors.New(death.String())
		}
	} else if death := r.deathIn(stopped, ""); death != nil {
		return fmt.Errorf("it ended by itself: %s", death)
	}
	return stopped
}

// snapshot returns the recording as it is.
func (r *run) snapshot(ctx context.Context) (verdict.Traffic, error) {
	t := verdict.Traffic{Posted: r.posted, APIKey: r.key}
	r.step(func() (err error) {
		if t.Events, err = r.target.Control.AllEvents(ctx, control.Query{APIKey: r.key}); err == nil {
			t.Requests, err = r.target.Control.AllRequests(ctx, control.Query{APIKey: r.key})
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		return nil
	})
	return t, r.err
}

// waitIdle waits until nothing has come for a second from an exporter that the
// harness cannot end.
func (r *run) waitIdle(ctx context.Context) {
	for r.err == nil {
		before := r.ledger(ctx).Requests
		r.await(ctx, time.Second, control.Until{Requests: before + 1})
		if r.ledger(ctx).Requests == before {
			return
		}
	}
}
