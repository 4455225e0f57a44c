package dedup_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/internal/dedup"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestSet compares the set with a map of first times, while the clock goes on by
// seconds, hours, days and years, and requests overtake each other.
func TestSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, seen, now := dedup.New(), map[dedup.ID]time.Time{}, start
		wait := func(name string, unit time.Duration, most int) func(*rapid.T) {
			return func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, most).Draw(t, name)) * unit) }
		}
		t.Repeat(map[string]func(*rapid.T){
			"wait":       wait("seconds", time.Second, 5),
			"wait long":  wait("hours", time.Hour, 50),
			"wait out":   wait("windows", dedup.Window, 3),
			"wait years": wait("half years", 183*24*time.Hour, 4),
			"to the second": func(t *rapid.T) {
				// One second before an id is forgotten, or just then.
				ids := slices.SortedFunc(slices.Values(keysOf(seen)), func(a, b dedup.ID) int { return seen[a].Compare(seen[b]) })
				if len(ids) == 0 {
					t.Skip("nothing seen")
				}
				edge := seen[rapid.SampledFrom(ids).Draw(t, "id")].Add(dedup.Window - time.Duration(rapid.IntRange(0, 1).Draw(t, "early"))*time.Second)
				if edge.After(now) {
					now = edge
				}
			},
			"add": func(t *rapid.T) {
				var ids []dedup.ID
				var want []int
				for i := range rapid.IntRange(1, 30).Draw(t, "n") {
					id := dedup.ID(rapid.Uint64Range(0, 60).Draw(t, "id") * 0x9E3779B97F4A7C15)
					ids = append(ids, id)
					first, known := seen[id]
					switch {
					case id == 0:
					case known && now.Sub(first) < dedup.Window:
						want = append(want, i)
					default:
						seen[id] = now
					}
				}
				if got := set.Add(now, ids); !slices.Equal(got, want) {
					t.Fatalf("Add(%v, %x) = %v, want %v", now, ids, got, want)
				}
			},
		})
	})
}

func keysOf(m map[dedup.ID]time.Time) []dedup.ID {
	var keys []dedup.ID
	for id := range m {
		keys = append(keys, id)
	}
	return keys
}

func TestID(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	seen := map[dedup.ID]string{}
	for device := range uint64(100) {
		for i := range 100 {
			id, name := set.ID(device, fmt.Append(nil, i)), fmt.Sprint(device, " ", i)
			if other, taken := seen[id]; taken || id == 0 {
				t.Fatalf("ID of %s is %x, as that of %q", name, id, other)
			}
			seen[id] = name
		}
	}
}

// TestSetForgets fills the set for weeks and expects it to hold about one.
func TestSetForgets(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	for day := range 60 {
		now := start.AddDate(0, 0, day)
		var ids []dedup.ID
		for i := range 1000 {
			ids = append(ids, set.ID(1, fmt.Append(nil, day, "-", i)))
		}
		if again := set.Add(now, ids); again != nil {
			t.Fatalf("day %d: %v known, want none", day, again)
		}
		if again := set.Add(now, ids[:10]); len(again) != 10 {
			t.Fatalf("day %d: %v known of the first ten, want all", day, again)
		}
	}
	if n := set.Len(); n < 7000 || n > 10_000 {
		t.Errorf("%d ids in memory after 60 days of 1000, want those of 7 days and some", n)
	}
}

// TestSetOvertaken adds with a clock that is behind that of an earlier request.
func TestSetOvertaken(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	set.Add(start, []dedup.ID{64})
	set.Add(start.Add(400*24*time.Hour), []dedup.ID{128})
	for _, want := range [][]int{nil, {0}} {
		if got := set.Add(start.Add(400*24*time.Hour-time.Second), []dedup.ID{192}); !slices.Equal(got, want) {
			t.Errorf("Add a second ago = %v, want %v", got, want)
		}
	}
}

func TestSetConcurrently(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	var again atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				var ids []dedup.ID
				for n := range 10 {
					ids = append(ids, set.ID(7, fmt.Append(nil, 10*i+n)))
				}
				again.Add(int64(len(set.Add(start, ids))))
			}
		})
	}
	all.Wait()
	if again.Load() != 7000 {
		t.Errorf("%d of 8 times 1000 equal ids were known, want 7000", again.Load())
	}
}
