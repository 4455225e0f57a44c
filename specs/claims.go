package specs

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// claims are the specs of what a subject says of itself: what it claims it must
// have, and what every exporter must have it must claim.
func (b *bench) claims(swept *recording) {
	Describe("claims", func() {
		b.owns("CAP-001", b.sign, verdict.Delivered)
		for _, r := range requirement.All() {
			if r.Area == "claims" && !r.Needed() {
				b.owns(r.ID, b.inputOf(swept, r.Capability), verdict.ReadToTheEnd)
			}
		}
		b.owns("CAP-004", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Claimed(t, b.eventTypesClaimed(), len(b.target.About.EventTypes) > 0)
		})
	})
}

// inputOf is the recording of an input; of one that is not claimed, one that is
// never made.
func (b *bench) inputOf(swept *recording, input string) *recording {
	for _, in := range swept.inputs {
		if strings.HasSuffix(in.name, "/"+input) {
			return in
		}
	}
	return b.reading(input)
}

// Words that claim event types in one go.
const (
	allTypes      = "all"
	requiredTypes = "required"
)

// eventTypesClaimed lists the names of the types the subject claims.
func (b *bench) eventTypesClaimed() []string {
	words := b.target.About.EventTypes
	if len(words) == 0 {
		words = []string{requiredTypes}
	}
	var names []string
	for _, t := range b.corpus.set.Types {
		if t.Title == "" {
			continue // not exported to Amplitude
		}
		if slices.Contains(words, allTypes) || slices.Contains(words, requiredTypes) && t.Mission || slices.Contains(words, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// claimed marks the events of types that the subject does not claim as ones it may
// leave out; that they are left out is judged by the requirement about their type.
func (b *bench) claimed(events []verdict.Posted) []verdict.Posted {
	if len(b.target.About.EventTypes) == 0 {
		return events
	}
	names := b.eventTypesClaimed()
	for i, p := range events {
		if !slices.Contains(names, p.EventType) {
			events[i].Optional = true
		}
	}
	return events
}

// unclaimed decides a requirement by the claims alone, if they do.
func (b *bench) unclaimed(r requirement.Requirement) (v verdict.Verdict, decided bool) {
	about := b.target.About
	switch {
	case r.Capability == "" || slices.Contains(about.Capabilities, r.Capability):
	case r.Needed():
		return verdict.Failed("the subject does not claim the capability %q", r.Capability), true
	default:
		return verdict.Unclaimed(r.Capability), true
	}
	name, isType := strings.CutPrefix(r.ID, requirement.TypeID(""))
	if isType && len(about.EventTypes) > 0 && !slices.Contains(b.eventTypesClaimed(), name) {
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
