package mutation

import (
	"slices"
	"testing"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/requirement"
)

// What the kill matrix says is killed by the filling of the queue is judged by it, and no
// other mutant but those that must pass everything.
func TestMutant_fillsQueueWhereItMatters(t *testing.T) {
	t.Parallel()
	matrix, err := Load(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	kills := 0
	for name, known := range matrix.Mutants {
		selected, err := specs.Select(mutant{name: name, kind: "delivery"}.all())
		if err != nil {
			t.Fatal(err)
		}
		_, killed := known.ByID[fillsQueue]
		if killed {
			kills++
		}
		judged := slices.ContainsFunc(selected, func(r requirement.Requirement) bool { return r.ID == fillsQueue })
		if judged != killed {
			t.Errorf("%s: judged by %s is %v, killed by it is %v", name, fillsQueue, judged, killed)
		}
	}
	if kills == 0 {
		t.Errorf("%s kills no mutant", fillsQueue)
	}
}
