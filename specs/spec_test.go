package specs

import (
	"testing"

	"github.com/ammeter/ammeter/specs/requirement"
)

// A scenario is played in a profile, or it is not: requirements that are judged by it must
// agree in that.
func TestSpecs_ofAScenarioAreInTheSameProfiles(t *testing.T) {
	t.Parallel()
	s := newSuite(Target{}, Full)
	first := map[*scenario]requirement.Requirement{}
	for _, g := range s.groups {
		for _, sp := range g.specs {
			r := sp.catalogRow()
			other, known := first[sp.scenario]
			if !known {
				first[sp.scenario] = r
			} else if other.Slow != r.Slow {
				t.Errorf("%s and %s are judged by one scenario, and only one of them is slow", other.ID, r.ID)
			}
		}
	}
}
