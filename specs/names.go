package specs

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const (
	customEvent = "users.behaviors.CustomEvent"
	purchase    = "users.behaviors.Purchase"
)

// names are the specs of the names of events.
func (b *bench) names(swept *recording) {
	Describe("names", func() {
		b.owns("MAP-001", swept, func(t verdict.Traffic) verdict.Verdict {
			regular := t.Only(func(p verdict.Posted) bool { return ordinary(p) && p.EventType != customEvent })
			return verdict.Mapping(regular, verdict.NamePrefix)
		})
		b.owns("MAP-002", swept, func(t verdict.Traffic) verdict.Verdict {
			custom := t.Only(func(p verdict.Posted) bool { return ordinary(p) && p.EventType == customEvent })
			return verdict.Mapping(custom, verdict.NamePrefix)
		})
		b.owns("MAP-003", swept, func(t verdict.Traffic) verdict.Verdict {
			aliased := t.Only(func(p verdict.Posted) bool { return p.Case == "alias" })
			return verdict.EventType(aliased)
		})
	})
}

// ordinary tells whether a case is about mapping alone. The others test one rule
// each, and belong to the requirement about that rule.
func ordinary(p verdict.Posted) bool {
	return p.Want != nil && !p.Faulty && p.Case != "alias" && !oddID(p)
}

// oddID tells whether a case is about ids that are empty, null, short or invalid.
func oddID(p verdict.Posted) bool { return emptyID(p) || invalidID(p) || shortID(p) }

func emptyID(p verdict.Posted) bool {
	return strings.HasPrefix(p.Case, "empty-") || strings.HasPrefix(p.Case, "null-")
}

func invalidID(p verdict.Posted) bool { return strings.HasPrefix(p.Case, "invalid-") }
func shortID(p verdict.Posted) bool   { return p.Case == "short-ids" }
