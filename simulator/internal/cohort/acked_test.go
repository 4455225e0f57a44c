package cohort

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestKnown_Delta(t *testing.T) {
	t.Parallel()
	u := func(v string) ID { return ID{User, v} }
	for _, c := range []struct {
		name  string
		known Acked
		want  []string
		delta []Change
	}{
		{"first sync is full", Acked{}, []string{"b", "a"}, []Change{{ID: u("a")}, {ID: u("b")}}},
		{"nothing new", Acked{u("a"): true}, []string{"a"}, nil},
		{"additions before removals", Acked{u("a"): true, u("b"): true}, []string{"b", "c"}, []Change{{ID: u("c")}, {u("a"), true}}},
		{"in doubt and wanted", Acked{u("a"): false}, []string{"a"}, []Change{{ID: u("a")}}},
		{"in doubt and not wanted", Acked{u("a"): false}, nil, []Change{{u("a"), true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := Set{}
			set.Add(User, c.want)
			if diff := cmp.Diff(c.delta, c.known.Diff(set)); diff != "" {
				t.Errorf("Diff of %v to %v (-want +got):\n%s", c.known, c.want, diff)
			}
		})
	}
}

func TestKnown_Delta_usersBeforeDevices(t *testing.T) {
	t.Parallel()
	set := Set{}
	set.Add(Device, []string{"a"})
	set.Add(User, []string{"b"})
	want := []Change{{ID: ID{User, "b"}}, {ID: ID{Device, "a"}}}
	if diff := cmp.Diff(want, Acked{}.Diff(set)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// However the members change and whatever requests fail, a sync that gets through
// leaves the partner with exactly the members of the cohort, and the next one finds
// nothing to do.
func TestSync_convergesWithPartner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		known, partner, members := Acked{}, Set{}, Set{}
		ids := rapid.Custom(func(t *rapid.T) ID {
			return ID{Kind(rapid.IntRange(0, 1).Draw(t, "kind")), strconv.Itoa(rapid.IntRange(0, 8).Draw(t, "id"))}
		})
		send := func(batch []Change) {
			for _, c := range batch {
				if c.Remove {
					delete(partner, c.ID)
				} else {
					partner[c.ID] = struct{}{}
				}
			}
		}
		for range rapid.IntRange(1, 6).Draw(t, "syncs") {
			for _, id := range rapid.SliceOfN(ids, 0, 6).Draw(t, "toggled") {
				if _, in := members[id]; in {
					delete(members, id)
				} else {
					members[id] = struct{}{}
				}
			}
			for batch := range slices.Chunk(known.Diff(members), 3) {
				switch rapid.SampledFrom([]string{"taken", "lost", "taken, answer lost"}).Draw(t, "fate") {
				case "taken":
					send(batch)
					known.Ack(batch)
				case "lost":
					known.Uncertain(batch)
				default:
					send(batch)
					known.Uncertain(batch)
				}
			}
		}
		delta := known.Diff(members)
		send(delta)
		known.Ack(delta)
		if !maps.Equal(partner, members) {
			t.Fatalf("partner has %v, the cohort %v", partner, members)
		}
		if known.Members() != len(members) {
			t.Fatalf("%d members known to the partner, want %d", known.Members(), len(members))
		}
		if again := known.Diff(members); len(again) != 0 {
			t.Fatalf("a sync without change sends %v", again)
		}
	})
}
