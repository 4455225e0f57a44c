package mutation

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run is a run in which a mutant was asked about A-001, B-001 and C-001.
func run(failed ...string) Run {
	return Run{
		Name: "mutant", Defect: "defect", Like: "M1", Whole: true,
		Asked: []string{"A-001", "B-001", "C-001"}, Failed: failed,
	}
}

func TestMatrix_Learn_countsKills(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}}
	for _, failed := range [][]string{{"A-001", "B-001"}, {"A-001", "C-001"}, {"A-001", "B-001"}} {
		m.Learn(run(failed...))
		m.AllAsked([]string{"A-001", "B-001", "C-001"})
	}
	want := Kills{Defect: "defect", Like: "M1", Runs: 3, ByID: map[string]Count{"A-001": {3, 3}, "B-001": {2, 3}, "C-001": {1, 3}}}
	if diff := cmp.Diff(want, m.Mutants["mutant"]); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
	k := m.Mutants["mutant"]
	if got := strings.Join(k.Always(), " "); got != "A-001" {
		t.Errorf("kills always: %s", got)
	}
	if got := strings.Join(k.Sometimes(), " "); got != "B-001 C-001" {
		t.Errorf("kills sometimes: %s", got)
	}
}

// A requirement that is new kills always from its first run on, however many runs there
// have been before; an old one that kills for the first time kills sometimes.
func TestMatrix_Learn_newRequirement(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}}
	for range 2 {
		m.Learn(Run{Name: "mutant", Whole: true, Asked: []string{"A-001", "B-001"}, Failed: []string{"A-001"}})
		m.AllAsked([]string{"A-001", "B-001"})
	}
	m.Learn(Run{Name: "mutant", Asked: []string{"NEW-001", "NEW-002"}, Failed: []string{"NEW-001"}})
	m.Learn(Run{Name: "mutant", Whole: true, Asked: []string{"A-001", "B-001", "NEW-002"}, Failed: []string{"A-001", "B-001", "NEW-002"}})
	want := Kills{Runs: 3, ByID: map[string]Count{"A-001": {3, 3}, "B-001": {1, 3}, "NEW-001": {1, 1}, "NEW-002": {1, 2}}}
	if diff := cmp.Diff(want, m.Mutants["mutant"]); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
}

// After a change of a requirement its earlier kills show nothing.
func TestMatrix_Learn_anew(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}, Requirements: []string{"A-001", "B-001", "C-001"}}
	m.Learn(run("A-001", "B-001"))
	m.Learn(Run{Name: "mutant", Asked: []string{"A-001", "B-001"}, Failed: []string{"A-001"}, Anew: true})
	if diff := cmp.Diff(map[string]Count{"A-001": {1, 1}}, m.Mutants["mutant"].ByID); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	again := run("C-001")
	again.Anew = true
	m.Learn(again)
	if diff := cmp.Diff(Kills{Defect: "defect", Like: "M1", Runs: 1, ByID: map[string]Count{"C-001": {1, 1}}}, m.Mutants["mutant"]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestMatrix_AllAsked_leavesKillsOnly(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}}
	m.Learn(run("A-001"))
	m.AllAsked([]string{"A-001", "B-001"})
	want := map[string]Count{"A-001": {1, 1}, "C-001": {0, 1}}
	if diff := cmp.Diff(want, m.Mutants["mutant"].ByID); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestMatrix_Forget(t *testing.T) {
	t.Parallel()
	m := Matrix{Mutants: map[string]Kills{}, Requirements: []string{"A-001", "GONE-001"}}
	m.Learn(Run{Name: "gone", Asked: []string{"A-001"}, Failed: []string{"A-001"}})
	m.Learn(Run{Name: "mutant", Asked: []string{"A-001", "GONE-001"}, Failed: []string{"A-001", "GONE-001"}})
	m.Forget([]string{"mutant"}, []string{"A-001"})
	want := Matrix{Mutants: map[string]Kills{"mutant": {ByID: map[string]Count{"A-001": {1, 1}}}}, Requirements: []string{"A-001"}}
	if diff := cmp.Diff(want.JSON(), m.JSON()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestKills_Surprises(t *testing.T) {
	t.Parallel()
	k := Kills{ByID: map[string]Count{"A-001": {2, 2}, "B-001": {1, 2}, "D-001": {0, 1}}}
	for _, tc := range []struct{ asked, failed, survived, unheard string }{
		{"A-001 B-001 C-001", "A-001", "", ""},
		{"A-001 B-001 C-001", "A-001 B-001", "", ""},
		{"A-001 B-001 C-001", "B-001", "A-001", ""},
		{"A-001 B-001 C-001", "A-001 C-001", "", "C-001"},
		{"A-001 D-001", "A-001 D-001", "", "D-001"},
		{"B-001", "", "", ""}, // A-001 was not asked
	} {
		survived, unheard := k.Surprises(strings.Fields(tc.asked), strings.Fields(tc.failed))
		if !slices.Equal(survived, strings.Fields(tc.survived)) || !slices.Equal(unheard, strings.Fields(tc.unheard)) {
			t.Errorf("Surprises(%s, %s) = %v, %v, want %s and %s", tc.asked, tc.failed, survived, unheard, tc.survived, tc.unheard)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	var counts map[string]Count
	if err := json.Unmarshal([]byte(`{"A-001":"2/3"}`), &counts); err != nil || counts["A-001"] != (Count{2, 3}) {
		t.Errorf("2/3 is read as %v, %v", counts, err)
	}
	if text, err := json.Marshal(counts); err != nil || string(text) != `{"A-001":"2/3"}` {
		t.Errorf("written as %s, %v", text, err)
	}
	for _, bad := range []string{"", "2", "3/2", "-1/2", "0/0", "a/b", "1/2/3"} {
		if err := new(Count).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as a count", bad)
		}
	}
}

func TestMatrix_Gaps(t *testing.T) {
	t.Parallel()
	m := Matrix{
		Mutants: map[string]Kills{
			"immortal": {ByID: map[string]Count{"B-001": {1, 2}, "E-001": {0, 1}}},
			"mortal":   {ByID: map[string]Count{"A-001": {2, 2}}},
		},
		NotAsked: []string{"D-001"},
	}
	want := []string{
		"nothing kills the mutant immortal every time", "the requirement B-001 kills no mutant every time",
	}
	if diff := cmp.Diff(want, m.Gaps([]string{"A-001", "B-001", "D-001"})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}
