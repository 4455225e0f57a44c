package dedup_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/internal/dedup"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestSet compares the set with a map of first times.
func TestSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, seen, now := dedup.New(), map[string]time.Time{}, start
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 50).Draw(t, "hours")) * time.Hour)
			},
			"add": func(t *rapid.T) {
				device := rapid.Uint64Range(1, 5).Draw(t, "device")
				id := fmt.Sprint("i", rapid.IntRange(0, 40).Draw(t, "id"))
				key := fmt.Sprint(device, id)
				first, again := seen[key]
				isNew := !again || now.Sub(first) >= 7*24*time.Hour
				if isNew {
					seen[key] = now
				}
				if got := set.Add(now, device, []byte(id)); got != isNew {
					t.Fatalf("Add(%v, %d, %s) = %v, want %v", now, device, id, got, isNew)
				}
			},
		})
	})
}

// TestSetForgets fills the set for weeks and expects it to hold about one.
func TestSetForgets(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	for day := range 60 {
		now := start.AddDate(0, 0, day)
		for i := range 1000 {
			set.Add(now, 1, fmt.Append(nil, day, "-", i))
		}
	}
	if n := set.Len(); n > 20_000 {
		t.Errorf("%d ids in memory after 60 days of 1000, want those of 7 days and some", n)
	}
}

func TestSetConcurrently(t *testing.T) {
	t.Parallel()
	set := dedup.New()
	var fresh atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				if set.Add(start, 7, fmt.Append(nil, i)) {
					fresh.Add(1)
				}
			}
		})
	}
	all.Wait()
	if fresh.Load() != 1000 {
		t.Errorf("%d of 8 times 1000 equal ids were new, want 1000", fresh.Load())
	}
}
