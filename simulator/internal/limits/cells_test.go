package limits

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// golden spreads small numbers over the keys of one part.
const golden = 0x9E3779B97F4A7C15

func testKey(n int) uint64 { return (uint64(n)*golden)&^flagBits | 7 }

// history is the slow, obvious model of cells: every event with its second.
type history map[uint64][]event

type event struct {
	second uint32
	ep     Endpoint
}

// rate counts the events of a key in the window that ends with a second.
func (h history) rate(key uint64, ep Endpoint, second, window uint32) uint32 {
	sum := uint32(0)
	for _, e := range h[key] {
		if e.ep == ep && e.second+window > second {
			sum++
		}
	}
	return sum
}

// day counts the events of a key in the rolling day.
func (h history) day(key uint64, second, step uint32) uint32 {
	sum := uint32(0)
	for _, e := range h[key] {
		if e.second/step+DaySteps > second/step {
			sum++
		}
	}
	return sum
}

func (h history) live(second, window, step uint32) int {
	n := 0
	for key := range h {
		if h.rate(key, HTTPAPI, second, window)+h.rate(key, Batch, second, window)+h.day(key, second, step) > 0 {
			n++
		}
	}
	return n
}

// TestCells compares the table with the model over histories that move time by
// seconds, steps and days, take events back, and make the table grow and shrink.
func TestCells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.SampledFrom([]uint32{1, 2, 15, 16, 17, 30, 31, 32, 33, 100}).Draw(t, "window")
		step := rapid.SampledFrom([]uint32{1, 7, 3600}).Draw(t, "step")
		c, model := newCells(int(window), int(step)), history{}
		second := uint32(rapid.IntRange(86_400*30, 1<<31).Draw(t, "start"))
		keys := rapid.Custom(func(t *rapid.T) uint64 { return testKey(rapid.IntRange(1, 60).Draw(t, "key")) })
		endpoint := rapid.SampledFrom([]Endpoint{HTTPAPI, HTTPAPI, HTTPAPI, Batch})
		add := func(t *rapid.T, key uint64, ep Endpoint) {
			model[key] = append(model[key], event{second, ep})
			s := c.at(key, second)
			rate, day := c.addRate(s, ep), c.addDay(s)
			if wantRate, wantDay := model.rate(key, ep, second, window), model.day(key, second, step); rate != wantRate || day != wantDay {
				t.Fatalf("add(%x, %d, %d) = %d, %d, want %d, %d", key, second, ep, rate, day, wantRate, wantDay)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"seconds": func(t *rapid.T) { second += uint32(rapid.IntRange(1, int(window)+2).Draw(t, "seconds")) },
			"steps":   func(t *rapid.T) { second += uint32(rapid.IntRange(1, DaySteps+1).Draw(t, "steps")) * step },
			"days":    func(t *rapid.T) { second += uint32(rapid.IntRange(1, 9).Draw(t, "days")) * 86_400 },
			"add":     func(t *rapid.T) { add(t, keys.Draw(t, "key"), endpoint.Draw(t, "endpoint")) },
			"burst": func(t *rapid.T) {
				key, ep := keys.Draw(t, "key"), endpoint.Draw(t, "endpoint")
				for range rapid.IntRange(10, 20).Draw(t, "n") {
					add(t, key, ep)
				}
			},
			"add and undo": func(t *rapid.T) {
				s, ep := c.at(keys.Draw(t, "key"), second), endpoint.Draw(t, "endpoint")
				c.addRate(s, ep)
				c.addDay(s)
				c.undoRate(s, ep)
				c.undoDay(s)
			},
			"late": func(t *rapid.T) {
				// A request that overtook another counts at the newest second.
				key := keys.Draw(t, "key")
				if events := model[key]; len(events) > 0 && events[len(events)-1].second == second {
					model[key] = append(events, event{second, HTTPAPI})
					s := c.at(key, second-1)
					c.addRate(s, HTTPAPI)
					c.addDay(s)
				}
			},
			"rebuild": func(t *rapid.T) {
				c.rebuild(second)
				if want := model.live(second, window, step); c.used != want {
					t.Fatalf("%d keys after a rebuild at %d, want the %d whose windows are not empty", c.used, second, want)
				}
			},
			"": func(t *rapid.T) {
				for key := range model {
					checkKey(t, c, model, key, second)
				}
			},
		})
	})
}

// checkKey compares a copy of the cell of a key, so that looking does not change it.
func checkKey(t *rapid.T, c *cells, model history, key uint64, second uint32) {
	s, found := c.find(key)
	if !found {
		if n := model.day(key, second, c.step); n > 0 {
			t.Fatalf("key %x with %d events in the day is gone", key, n)
		}
		return
	}
	if s.at != second {
		return // to be compared when it is used or rebuilt
	}
	got := []uint32{c.sumRate(s, HTTPAPI), c.sumRate(s, Batch), c.sumDay(s)}
	want := []uint32{model.rate(key, HTTPAPI, second, c.window), model.rate(key, Batch, second, c.window), model.day(key, second, c.step)}
	if !slices.Equal(got, want) {
		t.Fatalf("sums of %x at %d = %d, want %d", key, second, got, want)
	}
	for ep := range Endpoint(endpoints) {
		sum := uint32(0)
		c.eachSecond(s, ep, func(at, n uint32) {
			if n > 0 && (at > second || at+c.window <= second) {
				t.Fatalf("bucket %d of %x at %d is outside the window of %d", at, key, second, c.window)
			}
			sum += n
		})
		if sum != want[ep] {
			t.Fatalf("buckets of %x make %d, want %d", key, sum, want[ep])
		}
	}
}

// TestCellsEviction fills the table with keys that fall out of their windows, some
// of which need rings, and expects it to hold no more than the live ones need.
func TestCellsEviction(t *testing.T) {
	t.Parallel()
	const step, perStep = 10, 50 // a day of 240 seconds
	c := newCells(30, step)
	n, second := 0, uint32(100_000)
	for range 400 {
		for range perStep {
			n++
			for range 17 { // more than fit into nibbles
				c.addDay(c.at(testKey(n), second))
				c.addRate(c.at(testKey(n), second), HTTPAPI)
			}
			c.addDay(c.at(testKey(n), second+step))
		}
		second += step
	}
	// 25 steps of 50 keys are live at once.
	const live = 25 * perStep
	if len(c.slots) > 2*live {
		t.Errorf("%d slots for %d live keys, want at most twice as many", len(c.slots), live)
	}
	if days := len(c.days.words) / (DaySteps + 1); days > 4*live {
		t.Errorf("%d rings of days for %d live keys, want at most four times as many", days, live)
	}
	if seconds := len(c.seconds.words) / 31; seconds > 4*live {
		t.Errorf("%d rings of seconds, want at most %d", seconds, 4*live)
	}
	c.rebuild(second + 300)
	if c.used != 0 || c.seconds.words != nil || c.days.words != nil {
		t.Errorf("after a day %d keys and %d, %d words of rings are left, want none", c.used, len(c.seconds.words), len(c.days.words))
	}
}

// TestSetLimitsKeeps changes the shape of one window and expects the counts of the
// other to stay, for cells of every kind.
func TestSetLimitsKeeps(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]int{"nibbles": 3, "rings": 40} {
		old := newCells(30, 3600)
		const keys, now = 500, 7_200_000
		for key := range keys {
			for i := range events {
				s := old.at(testKey(key+1), now+uint32(i%2)*3600)
				old.addRate(s, HTTPAPI)
				old.addDay(s)
			}
		}
		got := func(c *cells) string {
			s := c.known(testKey(keys), now+3600)
			return fmt.Sprint(c.used, c.sumRate(s, HTTPAPI), c.sumDay(s))
		}
		other := newCells(10, 3600)
		other.migrate(old)
		if want := fmt.Sprint(keys, 0, events); got(other) != want {
			t.Errorf("%s: keys, rate and day after a change of the window: %s, want %s", name, got(other), want)
		}
		last := newCells(10, 60)
		s := other.known(testKey(keys), now+3600)
		other.addRate(s, Batch)
		last.migrate(other)
		s = last.known(testKey(keys), now+3600)
		if rate, day := last.sumRate(s, Batch), last.sumDay(s); rate != 1 || day != 0 {
			t.Errorf("%s: rate and day after a change of the step: %d, %d, want 1, 0", name, rate, day)
		}
	}
}
