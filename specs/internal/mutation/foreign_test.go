package mutation

import (
	"os/exec"
	"testing"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Foreign exporters share nothing with ours but the contract. They must
// pass: a suite that fails them would be as wrong as one that passes a mutant.
func TestForeignExportersPass(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts exporters and waits for their pauses")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skipf("the foreign exporter is written in Python: %v", err)
	}
	// All of it with -kill, else a sample.
	filter := "req:CAP-001 || req:TYPE-users.behaviors.Purchase || req:RATE-006 || req:PART-001 || req:REST-001"
	if *kill {
		filter = ""
	}
	for _, name := range []string{"python", "unpaced"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := judgedApart(t.Context(), "specs/subjects/"+name+".yaml", filter)
			if err != nil {
				t.Fatal(err)
			}
			failed, void := found.failed()
			if void != nil {
				t.Fatal(Void.Explain(void))
			}
			mustHold(t, failed, found)
			t.Logf("%d requirements judged in %.0f s", len(found.Outcomes), found.Seconds)
		})
	}
}

// mustHold tolerates a SHOULD that fails, as the suite does: one without a limiter
// sends more than 30 events a second.
func mustHold(t *testing.T, failed []string, found judged) {
	t.Helper()
	for _, id := range failed {
		if r, _ := requirement.Lookup(id); r.Level == requirement.Must {
			t.Errorf("fails %s: %s", id, found.Evidence[id])
		} else {
			t.Logf("does not hold %s: %s", id, found.Evidence[id])
		}
	}
}
