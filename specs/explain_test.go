package specs

import (
	"testing"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Each scenario says what it is about, and each requirement what its verdict depends on.
func TestExplain_allOfTheCatalog(t *testing.T) {
	t.Parallel()
	for _, profile := range []Profile{Full, Quick} {
		for _, tr := range newSuite(Target{}, profile).traces {
			if tr.scenario.about == "" {
				t.Errorf("the scenario of %s does not say what it is about", tr.name)
			}
		}
	}
	for _, r := range requirement.All() {
		if x := Explain(r); x.Situation == "" || x.Decides == "" {
			t.Errorf("%s is explained by the situation %q and what decides %q", r.ID, x.Situation, x.Decides)
		}
	}
	for id := range criteria {
		if _, ok := requirement.Lookup(id); !ok {
			t.Errorf("%s is explained, and is not in the catalog", id)
		}
	}
}
