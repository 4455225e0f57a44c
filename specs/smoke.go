package specs

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// smoke shows whether the exporter does anything.
var smoke = &scenario{play: smokeTest, about: "One event is posted, and the service takes it."}

// smokeTimeout is how long an exporter may keep its first event to itself before it
// is told to end. With that and its drain time a run against an exporter that sends
// nothing is over.
const smokeTimeout = 5 * time.Second

// smokeTest posts one event.
func smokeTest(ctx context.Context, r *run) (verdict.Traffic, error) {
	began := r.now(ctx)
	r.open(ctx, nil)
	r.post(ctx, r.events.anonymous("first-event", "first-device"))
	r.await(ctx, smokeTimeout, control.Until{Settled: 1})
	t, err := r.finish(ctx)
	if err == nil && len(t.Requests) == 0 {
		t.Strays = r.strays(ctx, began)
		err = r.err
	}
	return t, err
}

// responsive returns a failure if it makes no sense to record the trace: an exporter that
// was given an event and has sent nothing until its end will send nothing the next time,
// and each time would cost the time limit of a whole spec.
func (s *suite) responsive(ctx context.Context, t *trace) *verdict.Failure {
	first := s.traceOf(smoke)
	if t == first || t.scenario.input != "" {
		return nil
	}
	first.ready(ctx)
	if first.failure != nil {
		return first.failure
	}
	shown := first.traffic
	if len(shown.Requests) > 0 {
		return nil
	}
	ended := "ended cleanly"
	if shown.Stop != nil {
		ended = shown.Stop.Error()
	}
	taken := "took"
	if len(shown.Posted) > 0 && !shown.Posted[0].Taken {
		taken = "refused"
	}
	return verdict.Failuref(verdict.BySubject,
		"it %s a first event, sent nothing under the API key it was given, and %s: see CAP-001; not tried again", taken, ended)
}
