package specs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// claimSpecs are about what a subject says of itself: what it claims it must have, and what
// every exporter must have it must claim.
func claimSpecs() []spec {
	specs := []spec{{"CAP-001", smoke, verdict.Delivered}}
	for _, r := range requirement.All() {
		if slices.Contains(requirement.Inputs(), r.Capability) {
			specs = append(specs, spec{r.ID, allFixtures.by(r.Capability), verdict.ReadToTheEnd})
		}
	}
	return append(specs, spec{"CAP-004", allFixtures, verdict.Claimed})
}

// claims reports whether the target claims a capability or an input.
func (t Target) claims(name string) bool { return slices.Contains(t.About.Capabilities, name) }

// input is how the target is given events: by posts, or by the first input that ends that
// it claims. Empty: it claims no input.
func (t Target) input() string {
	for _, input := range append([]string{requirement.CustomHTTP}, requirement.Inputs()...) {
		if t.claims(input) {
			return input
		}
	}
	return ""
}

// check returns an error if the target cannot be judged.
func (t Target) check() error {
	if t.input() == "" {
		return fmt.Errorf("%s claims no input: capabilities must have one of %s, %s", t.About.Name,
			requirement.CustomHTTP, strings.Join(requirement.Inputs(), ", "))
	}
	return nil
}

// Words that claim event types in one go.
const (
	allTypes      = "all"
	requiredTypes = "required"
)

// eventTypesClaimed lists the names of the types the subject claims.
func (t Target) eventTypesClaimed(set *fixtures.Set) []string {
	words := t.About.EventTypes
	if len(words) == 0 {
		words = []string{requiredTypes}
	}
	var names []string
	for _, e := range set.Types {
		if e.Title == "" {
			continue // not exported to Amplitude
		}
		if slices.Contains(words, allTypes) || slices.Contains(words, requiredTypes) && e.Required || slices.Contains(words, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}

// subject is what the target is configured to and claims.
func (t Target) subject(set *fixtures.Set) verdict.Subject {
	return verdict.Subject{
		ThrottlePause: t.Timings.ThrottlePause, QuotaPause: t.Timings.QuotaPause, KeyProbe: t.Timings.KeyProbe,
		EventTypes: t.eventTypesClaimed(set), Exclusive: len(t.About.EventTypes) > 0,
	}
}

// claimed marks the events of types that the subject does not claim as ones it may
// leave out; that they are left out is judged by the requirement about their type.
func (r *run) claimed(events []verdict.Posted) []verdict.Posted {
	if len(r.target.About.EventTypes) == 0 {
		return events
	}
	names := r.target.eventTypesClaimed(r.events.set)
	for i, p := range events {
		if !slices.Contains(names, p.EventType) {
			events[i].Optional = true
		}
	}
	return events
}

// decidedByClaims decides a requirement by the claims alone, if they do.
func (t Target) decidedByClaims(r requirement.Requirement, set *fixtures.Set) (v verdict.Verdict, decided bool) {
	about := t.About
	switch {
	case r.Capability == "" || t.claims(r.Capability):
	case r.Needed():
		return verdict.Failed("the subject does not claim the capability %q, which every exporter must have", r.Capability), true
	default:
		return verdict.Unclaimed(r.Capability), true
	}
	name, isType := strings.CutPrefix(r.ID, requirement.TypeID(""))
	if isType && len(about.EventTypes) > 0 && !slices.Contains(t.eventTypesClaimed(set), name) {
		return verdict.Failed("the subject does not claim the event type"), true
	}
	return verdict.Verdict{}, false
}

// checkEventTypes refuses names that are in no catalog.
func checkEventTypes(words []string) error {
	for _, w := range words {
		_, known := requirement.Lookup(requirement.TypeID(w))
		if !known && w != allTypes && w != requiredTypes {
			return fmt.Errorf("unknown event type %q: give %s, %s or names as in conformance --list", w, allTypes, requiredTypes)
		}
	}
	return nil
}
