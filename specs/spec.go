package specs

import (
	"context"
	"slices"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// spec says how a requirement is shown: a judge looks at the traffic of a scenario.
type spec struct {
	requirement string // its ID
	scenario    *scenario
	judge       func(verdict.Traffic) verdict.Verdict
}

// catalogRow is the requirement of the spec. A spec of none is a mistake in a table.
func (sp spec) catalogRow() requirement.Requirement {
	r, ok := requirement.Lookup(sp.requirement)
	if !ok {
		panic("specs: requirement " + sp.requirement + " is not in the catalog")
	}
	return r
}

// nothingLost makes a judge of which a scenario has no other that notices the loss of an event.
func nothingLost(judge func(verdict.Traffic) verdict.Verdict) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict { return verdict.NothingLost(t, judge(t)) }
}

// scenario is a situation that an exporter is brought into. Specs about the same
// situation share the scenario, and judge the same trace of it.
type scenario struct {
	// name identifies its trace in a report. Empty: the ID of the first requirement
	// that is judged by it.
	name string
	// about says in a sentence or two what is posted and what the service answers, for
	// people who write an exporter. What must come of it is the text of the requirement.
	about string
	play  func(context.Context, *run) (verdict.Traffic, error)
	// long reports that it takes longer than most of those that take seconds.
	long bool
	// inputs are scenarios that give the exporter the same events by inputs that end. input
	// is the name of the input of such a scenario, and empty for posts.
	inputs []*scenario
	input  string
}

// group is the specs of one subject.
type group struct {
	name  string
	specs []spec
}

// groups are all specs for a target, in the order in which they are registered.
func groups(target Target, events *eventFactory, profile Profile) []group {
	all := []group{
		{"claims", claimSpecs()},
		{"names", nameSpecs},
		{"custom properties", propertySpecs},
		{"identity", identitySpecs},
		{"drops", dropSpecs},
		{"values", valueSpecs},
		{"rate", rateSpecs},
		{"daily quota", quotaSpecs},
		{"API key", keySpecs},
		{"retries", retrySpecs},
		{"order", orderSpecs},
		{"foreign answers", foreignSpecs},
		{"refused events", refusedSpecs},
		{"duplicates", duplicateSpecs},
		{"backlog", backlogSpecs},
		{"intake", intakeSpecs},
		{"shapes", shapeSpecs},
		{"restart", restartSpecs},
		{"life cycle", lifecycleSpecs},
		{"event types", eventTypeSpecs(target, events, profile)},
	}
	if !target.claims(requirement.CustomHTTP) {
		for i, g := range all {
			all[i].specs = byInput(g.specs, target.input())
		}
	}
	return all
}

// byInput are specs of which those with scenarios for inputs that end are about the scenario
// of one input.
func byInput(specs []spec, input string) []spec {
	specs = slices.Clone(specs) // the tables are those of other suites, too
	for i, sp := range specs {
		if in := sp.scenario.by(input); in != nil {
			specs[i].scenario = in
		}
	}
	return specs
}
