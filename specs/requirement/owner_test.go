package requirement_test

import (
	"slices"
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
	const registered = 5 // times: each must give the same order
	for range registered {
		specs.Register(specs.Target{})
	}
	var order []string
	for _, s := range ginkgo.PreviewSpecs("preview").SpecReports {
		for _, l := range s.Labels() {
			if id, ok := strings.CutPrefix(l, "req:"); ok {
				order = append(order, id)
			}
		}
	}
	once := order[:len(order)/registered]
	if !slices.Equal(order, slices.Repeat(once, registered)) {
		t.Error("the specs come in another order each time they are registered")
	}
	owners := map[string]int{}
	for _, id := range once {
		owners[id]++
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
