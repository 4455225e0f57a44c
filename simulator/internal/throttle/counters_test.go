package throttle

import (
	"testing"

	"pgregory.net/rapid"
)

// log is the slow, obvious model of counters: every event with its step.
type log map[uint64][]entry

type entry struct{ step, n uint32 }

func (l log) sum(key uint64, step, buckets uint32) uint32 {
	var sum uint32
	for _, e := range l[key] {
		if e.step+buckets > step {
			sum += e.n
		}
	}
	return sum
}

// TestCounters compares the table with the model over histories that move time,
// take events back, and make the table grow.
func TestCounters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		buckets := uint32(rapid.SampledFrom([]int{1, 2, 5, 24, 30}).Draw(t, "buckets"))
		c, model := newCounters(int(buckets)), log{}
		step := uint32(rapid.IntRange(0, 1<<31).Draw(t, "start"))
		keys := rapid.Custom(func(t *rapid.T) uint64 {
			return uint64(rapid.IntRange(1, 60).Draw(t, "key")) * 0x9E3779B97F4A7C15
		})
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) { step += uint32(rapid.IntRange(1, int(buckets)+2).Draw(t, "steps")) },
			"add": func(t *rapid.T) {
				key, n := keys.Draw(t, "key"), uint32(rapid.IntRange(1, 1000).Draw(t, "n"))
				model[key] = append(model[key], entry{step, n})
				if got, want := c.add(key, step, n), model.sum(key, step, buckets); got != want {
					t.Fatalf("add(%x, %d, %d) = %d, want %d", key, step, n, got, want)
				}
			},
			"add and undo": func(t *rapid.T) {
				key, n := keys.Draw(t, "key"), uint32(rapid.IntRange(1, 1000).Draw(t, "n"))
				c.add(key, step, n)
				c.undo(key, n)
			},
			"": func(t *rapid.T) {
				for key := range model {
					if got, want := c.sum(key, step), model.sum(key, step, buckets); got != want {
						t.Fatalf("sum(%x, %d) = %d, want %d", key, step, got, want)
					}
				}
			},
		})
	})
}

// TestCountersEviction fills the table with keys that fall out of the window, and
// expects it to hold no more than the live ones need.
func TestCountersEviction(t *testing.T) {
	t.Parallel()
	c := newCounters(30)
	key := uint64(0)
	for step := uint32(1000); step < 3000; step++ {
		for range 50 {
			key += 0x9E3779B97F4A7C15
			c.add(key, step, 1)
			c.add(key, step+1, 1) // needs a ring
		}
	}
	// 1500 keys are live; a table is rebuilt at 7/8 and then at most half full.
	if len(c.slots) > 4096 {
		t.Errorf("%d slots for 1500 live keys, want at most 4096", len(c.slots))
	}
	if rings := len(c.rings) / 31; rings > 4096 {
		t.Errorf("%d rings for 1500 live keys, want at most 4096", rings)
	}
	if got := c.sum(key, 3000); got != 2 {
		t.Errorf("sum of the last key = %d, want 2", got)
	}
}

// BenchmarkCounters reports what an idle key costs: one that was seen in one step.
func BenchmarkCounters(b *testing.B) {
	const keys = 1_000_000
	c := newCounters(24)
	for i := range b.N {
		c.add(uint64(i%keys+1)*0x9E3779B97F4A7C15, 480000, 1)
	}
	b.ReportMetric(float64(len(c.slots)*16+len(c.rings)*4)/float64(min(b.N, keys)), "bytes/key")
}
