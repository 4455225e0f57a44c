package specs

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// A spec that never started, since the run was stopped, has no end: it neither shortens the
// run nor makes its duration negative.
func TestTree_lasted(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		before time.Duration
		end    time.Time
		want   time.Duration
	}{
		"the first spec":                  {0, start.Add(2 * time.Second), 2 * time.Second},
		"a later spec":                    {2 * time.Second, start.Add(5 * time.Second), 5 * time.Second},
		"a spec that never started":       {5 * time.Second, time.Time{}, 5 * time.Second},
		"the first spec, never started":   {0, time.Time{}, 0},
		"a spec reported out of its turn": {5 * time.Second, start.Add(3 * time.Second), 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(&suite{})
			tr.started, tr.lasted = start, c.before
			tr.ended(SpecReport{EndTime: c.end, State: types.SpecStateSkipped, LeafNodeLabels: []string{"req:MAP-001"}})
			if tr.lasted != c.want {
				t.Errorf("after it the run has lasted %v, want %v", tr.lasted, c.want)
			}
		})
	}
}
