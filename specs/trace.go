package specs

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

// trace is what a scenario has shown of the exporter. It is recorded when the first spec
// needs it, and judged by each spec that does. Specs may so run alone and in any order,
// and those about the same scenario do not repeat it.
type trace struct {
	suite    *suite
	scenario *scenario
	name     string // in a report
	inputs   []*trace

	// asked reports that a spec has asked for it. Only then a report has it.
	asked bool

	once    sync.Once // guards the fields below
	traffic verdict.Traffic
	failure *verdict.Failure
	death   *report.Death
	// balance is the conservation of the traffic, arrived is what of it arrived. Many
	// specs ask, and comparing every event takes a while.
	balance verdict.Verdict
	arrived verdict.Traffic
	// recorded reports that the exporter was asked for it; then the fields are set.
	recorded atomic.Bool
}

// get returns the traffic as a report will hold it, redacted. Specs call it, one
// at a time.
func (t *trace) get(ctx context.Context) (verdict.Traffic, *verdict.Failure) {
	t.asked = true
	t.ready(ctx)
	return t.traffic, t.failure
}

// ready ensures that the trace is recorded. Any number of goroutines may call it.
func (t *trace) ready(ctx context.Context) {
	t.once.Do(func() {
		made := false
		defer func() {
			if p := recover(); p != nil {
				t.failure = verdict.Failuref(verdict.ByHarness, "panic: %v\n%s", p, debug.Stack())
			}
			t.recorded.Store(made)
		}()
		if t.failure = t.suite.responsive(ctx, t); t.failure != nil {
			return
		}
		if t.suite.replay != nil {
			t.traffic, t.failure = t.replayed()
		} else {
			made = true
			t.record(ctx)
		}
		if t.failure == nil {
			t.traffic.Subject = t.suite.subject
			t.balance, t.arrived = verdict.Conservation(t.traffic), verdict.WithoutLost(t.traffic)
		}
	})
}

// record plays the scenario.
func (t *trace) record(ctx context.Context) {
	defer t.suite.place(ctx)()
	r := newRun(t.suite.target, t.suite.events)
	defer r.cleanups.run(ctx)
	made, err := t.scenario.play(ctx, r)
	t.traffic, t.failure, t.death = redact.Traffic(made, r.target.secrets...), verdict.FailureOf(err), r.death
}

// replayed is the trace as the report has it.
func (t *trace) replayed() (verdict.Traffic, *verdict.Failure) {
	r, ok := t.suite.replay[t.name]
	if !ok {
		return verdict.Traffic{}, verdict.Failuref(verdict.ByHarness, "the report has no recording %q", t.name)
	}
	return r.Replay(), r.Failure
}

// logged are the traces that were recorded, for a report.
func (s *suite) logged() []report.Recording {
	var all []report.Recording
	for _, t := range s.traces {
		// That of the first event says why others were not recorded.
		// In this order: one that was not asked for may be in the making.
		if (t.asked || t.scenario == smoke) && t.recorded.Load() {
			all = append(all, report.Recorded(t.name, t.traffic, t.failure, t.death))
		}
	}
	return all
}

// loggedFor names the traces that a requirement was judged by.
func (s *suite) loggedFor(sp spec) []string {
	var names []string
	t := s.traceOf(sp.scenario)
	for _, one := range append([]*trace{t}, t.inputs...) {
		if one.asked && one.recorded.Load() {
			names = append(names, one.name)
		}
	}
	return names
}
