package specs

import (
	"cmp"
	"slices"
	"time"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// suite judges one target. Suites share nothing, so a process may have several.
type suite struct {
	target  Target
	subject verdict.Subject // what the target is configured to and claims
	events  *eventFactory
	groups  []group
	// specs are those of the groups, by the ID of their requirement.
	specs map[string]spec
	// traces are what the scenarios have shown, in the order of the groups.
	traces []*trace
	// replay holds the recordings of a report, by name, when its verdicts are derived
	// again. Nil: traces are recorded.
	replay map[string]report.Recording
	// places bounds the traces that are recorded at a time. Nil: no bound.
	places chan struct{}
}

func newSuite(target Target, profile Profile) *suite {
	target.Timings = target.Timings.withDefaults()
	events, err := loadEvents()
	if err != nil {
		panic(err) // the embedded fixtures of this build are broken
	}
	s := &suite{
		target: target, subject: target.subject(events.set), events: events,
		groups: groups(target, events, profile), specs: map[string]spec{},
	}
	for _, g := range s.groups {
		for _, sp := range g.specs {
			s.add(sp)
		}
	}
	return s
}

// add adds a spec and, if it is the first about its scenario, the traces of that.
func (s *suite) add(sp spec) {
	r := sp.catalogRow()
	s.specs[r.ID] = sp
	t := s.ensureTrace(sp.scenario, r.ID)
	if len(t.inputs) > 0 {
		return
	}
	for _, in := range sp.scenario.inputs {
		if slices.Contains(s.target.About.Capabilities, in.input) {
			t.inputs = append(t.inputs, s.ensureTrace(in, in.name))
		}
	}
}

// ensureTrace returns the trace of a scenario. A scenario without a name gets that of the
// first requirement that is judged by it.
func (s *suite) ensureTrace(of *scenario, requirement string) *trace {
	t := s.traceOf(of)
	if t == nil {
		t = &trace{suite: s, scenario: of, name: cmp.Or(of.name, requirement)}
		s.traces = append(s.traces, t)
	}
	return t
}

// traceOf returns the trace of a scenario, nil if there is none yet.
func (s *suite) traceOf(of *scenario) *trace {
	for _, t := range s.traces {
		if t.scenario == of {
			return t
		}
	}
	return nil
}

// specTimeout bounds one spec, and the recording of one trace. A busy machine takes a minute to
// fill and empty a queue under the race detector.
func (s *suite) specTimeout() time.Duration {
	t := s.target.Timings
	return 3*time.Minute + 4*t.ThrottlePause + 4*min(t.QuotaPause, longestPause) + 4*t.KeyProbe
}

// selected are the specs of requirements, in the order of these.
func (s *suite) selected(requirements []requirement.Requirement) []spec {
	var specs []spec
	for _, r := range requirements {
		if sp, ok := s.specs[r.ID]; ok {
			specs = append(specs, sp)
		}
	}
	return specs
}
