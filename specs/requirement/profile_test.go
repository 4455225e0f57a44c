package requirement

import "testing"

func TestSlow_namesRequirements(t *testing.T) {
	t.Parallel()
	for id := range slow {
		if r, ok := Lookup(id); !ok || r.Quick() {
			t.Errorf("%s is not in the catalog, or is quick", id)
		}
	}
	if r, _ := Lookup("MAP-001"); !r.Quick() {
		t.Error("MAP-001 is not quick")
	}
}
