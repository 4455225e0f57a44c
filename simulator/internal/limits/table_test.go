package limits

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// past is the slow model of a Table: what was accepted, with its time.
type past struct {
	limits Limits
	taken  []taken
}

type taken struct {
	at time.Time
	ep Endpoint
	id string
}

// over lists what a request would exceed, with the value to report.
func (p *past) over(now time.Time, ep Endpoint, ids []string) []string {
	var found []string
	for _, id := range ids {
		if id == "" || id[0] == 'u' && !p.limits.Users {
			continue
		}
		var rate, quota int
		for _, other := range ids {
			if other == id {
				rate, quota = rate+1, quota+1
			}
		}
		for _, t := range p.taken {
			if t.id != id {
				continue
			}
			if t.ep == ep && t.at.Unix() > now.Unix()-int64(p.limits.Window) {
				rate++
			}
			if step := int64(p.limits.QuotaStep); t.at.Unix()/step > now.Unix()/step-DaySteps {
				quota++
			}
		}
		if p.limits.Rate[ep] > 0 && rate > p.limits.Rate[ep]*p.limits.Window {
			found = append(found, fmt.Sprintf("%s rate %d", id, (rate+p.limits.Window-1)/p.limits.Window))
		}
		if p.limits.Quota > 0 && quota > p.limits.Quota {
			found = append(found, fmt.Sprintf("%s quota %d", id, quota))
		}
	}
	return found
}

// TestTake compares a Table with the model: the same requests must be accepted, and
// the same ids reported with the same values.
func TestTake(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{
			Rate:   [endpoints]int{rapid.IntRange(0, 3).Draw(t, "rate"), rapid.IntRange(0, 6).Draw(t, "batch rate")},
			Window: rapid.SampledFrom([]int{1, 3, 30}).Draw(t, "window"),
			Quota:  rapid.IntRange(0, 40).Draw(t, "quota"), QuotaStep: rapid.SampledFrom([]int{1, 7, 3600}).Draw(t, "step"),
			Users: rapid.Bool().Draw(t, "users"),
		}
		table, model := New(l), &past{limits: l}
		now := time.Unix(1_700_000_000, 0)
		devices := rapid.SampledFrom([]string{"", "d1", "d2", "d3"})
		users := rapid.SampledFrom([]string{"", "u1", "u2"})
		t.Repeat(map[string]func(*rapid.T){
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 3*l.Window*l.QuotaStep).Draw(t, "ms")) * time.Second / 3)
			},
			"take": func(t *rapid.T) {
				ep := Endpoint(rapid.IntRange(0, 1).Draw(t, "endpoint"))
				var keys []EventKeys
				var ids []string
				for range rapid.IntRange(1, 12).Draw(t, "events") {
					d, u := devices.Draw(t, "device"), users.Draw(t, "user")
					ids = append(ids, d, u)
					var demand EventKeys
					if d != "" {
						demand.Device = table.Device([]byte(d))
					}
					if u != "" {
						demand.User = table.User([]byte(u))
					}
					keys = append(keys, demand)
				}
				want := model.over(now, ep, ids)
				var got []string
				for _, e := range table.Take(now, ep, keys) {
					id, rule := ids[2*e.Event], "rate"
					if e.User {
						id = ids[2*e.Event+1]
					}
					if e.Quota {
						rule = "quota"
					}
					got = append(got, fmt.Sprintf("%s %s %d", id, rule, e.Value))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("Take(%v, %d, %q) = %q, want %q", now, ep, ids, got, want)
				}
				if want == nil {
					for _, id := range ids {
						model.taken = append(model.taken, taken{now, ep, id})
					}
				}
			},
		})
	})
}

// TestTakeConcurrently lets many requests race for the room of two devices.
func TestTakeConcurrently(t *testing.T) {
	t.Parallel()
	table := New(Published())
	now := time.Unix(1_700_000_000, 0)
	keys := []EventKeys{{Device: table.Device([]byte("d1"))}, {Device: table.Device([]byte("d2"))}}
	var accepted sync.Map
	var all sync.WaitGroup
	for i := range 1500 {
		all.Go(func() {
			if table.Take(now, HTTPAPI, keys) == nil {
				accepted.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	accepted.Range(func(any, any) bool { n++; return true })
	if n != 900 {
		t.Errorf("%d requests accepted, want 900", n)
	}
}

// TestTake_withoutID takes events without a user, and some without any id, while
// others grow the tables: the zero key has no counts.
func TestTake_withoutID(t *testing.T) {
	t.Parallel()
	table := New(Published())
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 500 {
				keys := make([]EventKeys, 4) // the last two without an id
				for n := range 2 {
					keys[n].Device = table.Device(fmt.Appendf(nil, "%d-%d-%d", g, i, n))
				}
				if over := table.Take(time.Unix(1_700_000_000, 0), HTTPAPI, keys); over != nil {
					t.Errorf("Take of new devices: %v, want none over", over)
				}
				if i%100 == 0 {
					table.Clear()
				}
			}
		})
	}
	all.Wait()
	if over := table.Take(time.Unix(1_700_000_000, 0), HTTPAPI, make([]EventKeys, 3)); over != nil {
		t.Errorf("Take of nobody: %v, want none over", over)
	}
}

func TestSetLimits(t *testing.T) {
	t.Parallel()
	table := New(Published())
	now := time.Unix(1_700_000_000, 0)
	d := []EventKeys{{Device: table.Device([]byte("d1"))}}
	for range 10 {
		table.Take(now, HTTPAPI, d)
	}
	lower := Published()
	lower.Quota = 10
	table.SetLimits(lower)
	if got := table.Take(now, HTTPAPI, d); len(got) != 1 || !got[0].Quota || got[0].Value != 11 {
		t.Errorf("Take after the quota was lowered = %+v, want a quota violation of 11: counts stay", got)
	}
	lower.QuotaStep = 1
	table.SetLimits(lower)
	if got := table.Take(now, HTTPAPI, d); got != nil {
		t.Errorf("Take after the steps were changed = %+v, want nil: counts of another shape are dropped", got)
	}
}

func TestLimitsCheck(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Limits){
		"events_per_second":  func(l *Limits) { l.Rate[HTTPAPI] = -1 },
		"window_seconds":     func(l *Limits) { l.Window = 0 },
		"daily_quota":        func(l *Limits) { l.Quota = 1 << 31 },
		"quota_step_seconds": func(l *Limits) { l.QuotaStep = 0 },
	} {
		l := Published()
		spoil(&l)
		if l.Check() == nil {
			t.Errorf("Check accepts a bad %s: %+v", name, l)
		}
	}
	if err := Published().Check(); err != nil {
		t.Errorf("Check refuses the published limits: %v", err)
	}
}
