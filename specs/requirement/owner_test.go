package requirement_test

import (
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Each requirement must be owned by exactly one spec, or a report could pass it
// without having looked.
func TestAll_haveExactlyOneOwner(t *testing.T) {
	t.Parallel()
	specs.Register(specs.Target{})
	owners := map[string]int{}
	for _, s := range ginkgo.PreviewSpecs("preview").SpecReports {
		for _, l := range s.Labels() {
			if id, ok := strings.CutPrefix(l, "req:"); ok {
				owners[id]++
			}
		}
	}
	for _, r := range requirement.All() {
		if owners[r.ID] != 1 {
			t.Errorf("%s is owned by %d specs, want 1", r.ID, owners[r.ID])
		}
		delete(owners, r.ID)
	}
	for id := range owners {
		t.Errorf("a spec owns %s, which is not in the catalog", id)
	}
}
