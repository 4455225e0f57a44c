package specs

import (
	"context"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// eventTypeSpecs are about the published tables, one for each event type with an exporter
// of its own. In the quick profile, and if the target takes no posts or runs already, they
// judge the trace of all fixtures.
func eventTypeSpecs(target Target, events *eventFactory, profile Profile) []spec {
	var specs []spec
	for _, t := range events.set.Types {
		switch id := requirement.TypeID(t.Name); {
		case t.Title == "": // not exported to Amplitude
		case profile == Quick || target.APIKey != "" || !target.claims(requirement.CustomHTTP):
			specs = append(specs, spec{id, allFixtures, ofType(t.Name)})
		default:
			specs = append(specs, spec{id, &scenario{play: postType(t.Name)}, func(t verdict.Traffic) verdict.Verdict {
				return verdict.EventType(t.Only(ordinary))
			}})
		}
	}
	return specs
}

// postType posts every case of an event type.
func postType(name string) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		sent, dropped := r.events.of(name)
		for i := range sent {
			sent[i].Optional = false // here the support of the type is the question
		}
		return r.deliver(ctx, sent, dropped)
	}
}

// ofType judges the type in the recording of all cases.
func ofType(name string) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict {
		own := t.Only(func(p verdict.Posted) bool { return p.EventType == name && ordinary(p) })
		for i := range own.Posted {
			own.Posted[i].Optional = false // here the support of the type is the question
		}
		return verdict.EventType(own)
	}
}
