package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// eventTypes are the specs of the published tables, one for each event type with
// an exporter of its own; in the quick profile with the one of all cases.
func (b *bench) eventTypes(swept *recording) {
	Describe("event types", func() {
		for _, t := range b.corpus.set.Types {
			if t.Title == "" {
				continue // not exported to Amplitude
			}
			if b.quick {
				b.owns(requirement.TypeID(t.Name), swept, ofType(t.Name))
				continue
			}
			cases := b.record(func(ctx context.Context, b *bench) (verdict.Traffic, error) {
				s, err := b.open(ctx, nil)
				if err != nil {
					return verdict.Traffic{}, err
				}
				sent, dropped := b.corpus.of(t.Name)
				for i := range sent {
					sent[i].Optional = false // here the support of the type is the question
				}
				return s.deliver(ctx, sent, dropped)
			})
			b.owns(requirement.TypeID(t.Name), cases, func(t verdict.Traffic) verdict.Verdict {
				return verdict.EventType(t.Only(ordinary))
			})
		}
	})
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
