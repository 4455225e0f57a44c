package specs

import (
	"context"
	"slices"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// typesAtOnce is the number of event types that one exporter is given. To start one for each
// takes half of the processor time of a run; to start one for all lets a type that kills it, or
// that it answers with 500 until the post is given up, fail every other.
const typesAtOnce = 10

const aboutTypes = "Every case of the event type in the fixtures is posted, apart from other types and those that must be dropped apart from the others. " +
	"The service takes all that it is sent."

// eventTypeSpecs are about the published tables, one for each event type, which is posted apart
// from the others. In the quick profile, and if the target takes no posts or runs already, they
// judge the trace of all fixtures.
func eventTypeSpecs(target Target, events *eventFactory, profile Profile) []spec {
	exported := slices.DeleteFunc(slices.Clone(events.set.Types), func(t fixtures.Type) bool { return t.Title == "" })
	var specs []spec
	for types := range slices.Chunk(exported, typesAtOnce) {
		of := &scenario{play: postTypes(types), about: aboutTypes}
		if profile == Quick || target.APIKey != "" || !target.claims(requirement.CustomHTTP) {
			of = allFixtures
		}
		for _, t := range types {
			specs = append(specs, spec{requirement.TypeID(t.Name), of, ofType(t.Name)})
		}
	}
	return specs
}

// postTypes posts every case of event types, as far as they are to be judged.
func postTypes(types []fixtures.Type) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		var groups [][]verdict.Posted
		for _, t := range types {
			row, _ := requirement.Lookup(requirement.TypeID(t.Name))
			if _, decided := r.target.decidedByClaims(row, r.events.set); !decided {
				sent, dropped := r.events.of(t.Name)
				groups = append(groups, sent, dropped)
			}
		}
		return r.deliver(ctx, groups...)
	}
}

// ofType judges a type in a recording with its cases.
func ofType(name string) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict {
		own := t.Only(func(p verdict.Posted) bool { return p.EventType == name && ordinary(p) })
		for i := range own.Posted {
			own.Posted[i].Optional = false // here the support of the type is the question
		}
		return verdict.EventType(own)
	}
}
