package limits

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestBound_exact tracks as many ids as the bound says and no more, whatever it is: at
// once and one after the other, also when they are empty and come again.
func TestBound_exact(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_000_000, 0)
	for _, bound := range []int{1, 3, 64, 100, 1000} {
		l := Published()
		l.Quota = 0
		table := New(l)
		table.SetMaxTracked(bound)
		for turn := range 3 {
			now := start.Add(time.Duration(turn) * time.Hour)
			var taken atomic.Int32
			var wg sync.WaitGroup
			for part := range 8 {
				wg.Go(func() {
					for i := range bound {
						d := EventKeys{Device: table.Device(fmt.Appendf(nil, "device-%d-%d-%d", turn, part, i))}
						if table.Take(now, HTTPAPI, []EventKeys{d, d}) == nil {
							taken.Add(1)
						}
					}
				})
			}
			if wg.Wait(); int(taken.Load()) != bound || table.Tracked() != bound {
				t.Errorf("turn %d with a bound of %d: %d were taken, %d are tracked", turn, bound, taken.Load(), table.Tracked())
			}
		}
	}
}

// TestBound_requests refuses a request that is too many as a whole, and names those of
// its ids that are new.
func TestBound_requests(t *testing.T) {
	t.Parallel()
	table := New(Published())
	table.SetMaxTracked(3)
	id := func(name string) EventKeys {
		return EventKeys{Device: table.Device([]byte(name)), User: table.User([]byte(name))}
	}
	now := time.Unix(1_000_000, 0)
	if found := table.Take(now, Batch, []EventKeys{id("a"), id("b")}); len(found) != 4 || !found[0].Full {
		t.Errorf("four new ids where three fit: %+v, want all four", found)
	}
	if found := table.Take(now, Batch, []EventKeys{id("a"), id("a")}); found != nil {
		t.Errorf("two new ids, twice: %+v, want them counted", found)
	}
	if found := table.Take(now, Batch, []EventKeys{id("a"), id("b")}); len(found) != 2 || found[0].Event != 1 || !found[1].User {
		t.Errorf("two more where one fits: %+v, want both of event 1", found)
	}
	if table.Clear(); table.Take(now, Batch, []EventKeys{id("b")}) != nil || table.Tracked() != 2 {
		t.Errorf("after Clear %d are tracked, want two", table.Tracked())
	}
}
