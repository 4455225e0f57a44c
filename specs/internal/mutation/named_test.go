package mutation

import (
	"slices"
	"testing"
)

// Four defects that everybody makes once, and exactly the requirements that must
// fail for each. The kill matrix knows these mutants too; here they are judged in
// every run of the tests, against names written by hand.
func TestNamedDefects(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts broken exporters")
	}
	want := map[string][]string{
		"wrong-event-prefix": {"MAP-001", "MAP-002"},
		"braze-user-id-sent": {"ID-001", "ID-002"},
		"seconds":            {"VAL-001"},
		"unaddressable-sent": {"DROP-001"},
	}
	binary, mutants := built(t)
	for _, m := range mutants {
		fails, ok := want[m.name]
		if !ok {
			continue
		}
		delete(want, m.name)
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			found, err := m.judge(t.Context(), t.TempDir(), binary, m.filter(Matrix{}))
			if err != nil {
				t.Fatal(err)
			}
			failed, void := found.failed()
			if void != nil {
				t.Fatal(Void.Explain(void))
			}
			if !found.acted {
				t.Error("the defect did nothing that it says")
			}
			if !slices.Equal(failed, fails) {
				t.Errorf("an exporter that %s fails %v, want exactly %v", m.defect, failed, fails)
			}
		})
	}
	for name := range want {
		t.Errorf("there is no mutant %s", name)
	}
}
