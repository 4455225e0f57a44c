package specs

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// properties are the specs of the properties an app or a shop made up.
func (b *bench) properties(swept *recording) {
	Describe("custom properties", func() {
		b.owns("PROP-001", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Mapping(t.Only(ordinaryOf(customEvent)), verdict.CustomKey("[Custom event property] "))
		})
		b.owns("PROP-002", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Mapping(t.Only(ordinaryOf(purchase)), verdict.CustomKey("[Purchase property] "))
		})
		b.owns("PROP-003", swept, func(t verdict.Traffic) verdict.Verdict {
			custom := t.Only(func(p verdict.Posted) bool { return ordinaryOf(customEvent)(p) || ordinaryOf(purchase)(p) })
			return verdict.Mapping(custom, verdict.NestedValue)
		})
		b.owns("PROP-004", swept, func(t verdict.Traffic) verdict.Verdict {
			faulty := t.Only(func(p verdict.Posted) bool { return p.Faulty })
			return verdict.Mapping(faulty, verdict.Properties)
		})
	})
}

func ordinaryOf(eventType string) func(verdict.Posted) bool {
	return func(p verdict.Posted) bool { return ordinary(p) && p.EventType == eventType }
}
