package loadgen_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/loadgen"
)

func TestIdentities_EventNumber(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	rapid.Check(t, func(t *rapid.T) {
		ids := loadgen.Identities{Seed: rapid.Uint64().Draw(t, "seed"), Run: rapid.Uint64().Draw(t, "run")}
		n := rapid.Uint64().Draw(t, "n")
		id := ids.EventID(n)
		if !form.MatchString(id) {
			t.Fatalf("EventID(%d) = %q: not in UUID form", n, id)
		}
		if got, ok := ids.EventNumber(id); !ok || got != n {
			t.Fatalf("EventNumber(EventID(%d)) = %d, %v", n, got, ok)
		}
		ids.Run++
		if got, ok := ids.EventNumber(id); ok {
			t.Fatalf("another run takes the id as its event %d", got)
		}
	})
	for _, id := range []string{"", "x", "zzzzzzzz-0000-0000-0000-000000000000"} {
		if n, ok := (loadgen.Identities{}).EventNumber(id); ok {
			t.Errorf("EventNumber(%q) = %d", id, n)
		}
	}
}

func TestIdentities_Population(t *testing.T) {
	t.Parallel()
	ids := loadgen.Identities{Seed: 1}
	seen := map[string]bool{}
	for n := range int32(1000) {
		d, u := ids.Device(n), ids.User(n)
		if len(d) != 36 || len(u) != 21 || seen[d] || seen[u] {
			t.Fatalf("device %d is %q, its user %q: wrong length or seen before", n, d, u)
		}
		seen[d], seen[u] = true, true
		if other := (loadgen.Identities{Seed: 1, Run: 7}); other.Device(n) != d || other.User(n) != u {
			t.Fatalf("device %d differs between runs of one seed", n)
		}
	}
}
