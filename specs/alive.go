package specs

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// signPatience is how long an exporter may keep its first event to itself before it
// is told to end. With that and its drain time a run against an exporter that sends
// nothing is over.
const signPatience = 5 * time.Second

// signOfLife posts one event.
func signOfLife(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, s.corpus.anonymous("first-event", "first-device")); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, signPatience, control.Until{Settled: 1}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

// alive tells whether it makes sense to make the recording: an exporter that was
// given an event and has sent nothing until its end will send nothing the next
// time, and each time would cost the patience of a whole spec.
func (b *bench) alive(ctx context.Context, r *recording) error {
	if b.sign == nil || r == b.sign || r.reads() {
		return nil
	}
	b.sign.ready(ctx)
	t, err := b.sign.traffic, b.sign.err
	if err != nil {
		return err
	}
	if len(t.Requests) > 0 {
		return nil
	}
	ended := "ended cleanly"
	if t.Stop != nil {
		ended = t.Stop.Error()
	}
	taken := "took"
	if len(t.Posted) > 0 && !t.Posted[0].Taken {
		taken = "refused"
	}
	return subjectError{fmt.Errorf("it %s a first event, sent nothing under the API key it was given, and %s: see CAP-001; not tried again", taken, ended)}
}
