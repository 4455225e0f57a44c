package mutation

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatrix_Learn(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}}
	for _, failed := range [][]string{{"A-001", "B-001"}, {"A-001", "C-001"}, {"A-001", "B-001"}} {
		m.Learn("mutant", "defect", "M1", failed)
	}
	want := Kills{Defect: "defect", Like: "M1", Always: []string{"A-001"}, Sometimes: []string{"B-001", "C-001"}}
	if diff := cmp.Diff(want, m.Mutants["mutant"]); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
}

func TestKills_Surprises(t *testing.T) {
	t.Parallel()
	k := Kills{Always: []string{"A-001"}, Sometimes: []string{"B-001"}}
	for _, tc := range []struct{ failed, survived, unheard string }{
		{"A-001", "", ""},
		{"A-001 B-001", "", ""},
		{"B-001", "A-001", ""},
		{"A-001 C-001", "", "C-001"},
	} {
		survived, unheard := k.Surprises(strings.Fields(tc.failed))
		if !slices.Equal(survived, strings.Fields(tc.survived)) || !slices.Equal(unheard, strings.Fields(tc.unheard)) {
			t.Errorf("Surprises(%s) = %v, %v, want %s and %s", tc.failed, survived, unheard, tc.survived, tc.unheard)
		}
	}
}

func TestMatrix_Gaps(t *testing.T) {
	t.Parallel()
	m := Matrix{
		Mutants:  map[string]Kills{"immortal": {Sometimes: []string{"B-001"}}, "mortal": {Always: []string{"A-001"}}},
		NotAsked: []string{"D-001"},
	}
	want := []string{
		"nothing kills the mutant immortal every time", "the requirement B-001 kills no mutant every time",
	}
	if diff := cmp.Diff(want, m.Gaps([]string{"A-001", "B-001", "D-001"})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}
