package specs

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// values are the specs of single values.
func (b *bench) values(swept *recording) {
	Describe("values", func() {
		b.owns("VAL-001", swept, envelope("time"))
		b.owns("VAL-002", swept, envelope("insert_id"))
		b.owns("VAL-003", swept, envelope("library"))
		b.owns("VAL-004", swept, func(t verdict.Traffic) verdict.Verdict {
			numbers := t.Only(func(p verdict.Posted) bool { return p.Case == "custom-numbers" })
			return verdict.Mapping(numbers, verdict.CustomValue)
		})
		b.owns("VAL-005", swept, func(t verdict.Traffic) verdict.Verdict {
			nulls := t.Only(func(p verdict.Posted) bool { return p.Case == "nulls" || p.Case == "required-only" })
			return verdict.Mapping(nulls, verdict.Null)
		})
		b.owns("VAL-006", swept, func(t verdict.Traffic) verdict.Verdict {
			unicode := t.Only(func(p verdict.Posted) bool { return strings.HasSuffix(p.Case, "unicode") })
			return verdict.Mapping(unicode, verdict.Text)
		})
	})
}

// envelope judges a member that every event has.
func envelope(field string) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict {
		return verdict.Mapping(t.Only(ordinary), verdict.Field(field))
	}
}
