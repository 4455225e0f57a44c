package fault_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is an instant some time after noon, on both clocks.
func at(d time.Duration) fault.Now { return fault.Now{Simulated: noon.Add(d), Real: noon.Add(d)} }

type batch struct{ devices, types []string }

func (b batch) HasDevice(id string) bool      { return slices.Contains(b.devices, id) }
func (b batch) HasEventType(name string) bool { return slices.Contains(b.types, name) }

func plan(t *testing.T, rules ...control.Fault) *fault.Plan {
	t.Helper()
	p := fault.New(1)
	for _, r := range rules {
		if _, err := p.Add(r, at(0)); err != nil {
			t.Fatalf("Add(%+v): %v", r, err)
		}
	}
	return p
}

func status(code int) control.FaultAction {
	return control.FaultAction{Status: &control.StatusFault{Status: code}}
}

func TestPlan_Decide_target(t *testing.T) {
	t.Parallel()
	request := fault.Request{
		APIKey: "k", Endpoint: "/batch", Batch: batch{[]string{"d1", "d2"}, []string{"e1"}},
	}
	for _, c := range []struct {
		name   string
		target control.FaultTarget
		want   bool
	}{
		{"all", control.FaultTarget{}, true},
		{"key", control.FaultTarget{APIKey: "k"}, true},
		{"other key", control.FaultTarget{APIKey: "l"}, false},
		{"endpoint", control.FaultTarget{Endpoint: "/batch"}, true},
		{"endpoint with slash", control.FaultTarget{Endpoint: "/batch/"}, true},
		{"other endpoint", control.FaultTarget{Endpoint: "/2/httpapi"}, false},
		{"second device", control.FaultTarget{DeviceID: "d2"}, true},
		{"other device", control.FaultTarget{DeviceID: "d3"}, false},
		{"event type", control.FaultTarget{EventType: "e1"}, true},
		{"other event type", control.FaultTarget{EventType: "e2"}, false},
		{"all of them", control.FaultTarget{APIKey: "k", Endpoint: "/batch", DeviceID: "d1", EventType: "e1"}, true},
		{"all but one", control.FaultTarget{APIKey: "k", Endpoint: "/batch", DeviceID: "d1", EventType: "e2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, control.Fault{Target: c.target, Do: status(503)})
			if _, hit := p.Decide(request, at(0)); hit != c.want {
				t.Errorf("Decide with target %+v hits: %t, want %t", c.target, hit, c.want)
			}
		})
	}
}

func TestPlan_Decide_unreadableRequest(t *testing.T) {
	t.Parallel()
	p := plan(t, control.Fault{Target: control.FaultTarget{DeviceID: "d"}, Do: status(503)})
	if _, hit := p.Decide(fault.Request{Endpoint: "/batch"}, at(0)); hit {
		t.Error("a rule for a device hits a request without events")
	}
}

func TestPlan_Decide_shape(t *testing.T) {
	t.Parallel()
	half, zero := 0.5, 0.0
	from, to := noon.Add(2*time.Second), noon.Add(4*time.Second)
	for _, c := range []struct {
		name string
		when control.FaultWhen
		want string // fate of one request a second from noon on
	}{
		{"always", control.FaultWhen{}, "XXXXXXXXX"},
		{"never", control.FaultWhen{Probability: &zero}, "........."},
		{"first", control.FaultWhen{First: 2}, "XX......."},
		{"every", control.FaultWhen{Every: 3}, "..X..X..X"},
		{"every, first", control.FaultWhen{Every: 3, First: 6}, "..X..X..."},
		{"window", control.FaultWhen{From: &from, To: &to}, "..XX....."},
		{"window counts", control.FaultWhen{From: &from, Every: 2}, "...X.X.X."},
		{"until", control.FaultWhen{To: &to}, "XXXX....."},
		{"step", control.FaultWhen{Ramp: &control.FaultRamp{To: 1}}, "XXXXXXXXX"},
		{"ramp down", control.FaultWhen{Ramp: &control.FaultRamp{From: 1, To: 0}, From: &from}, "........."},
		{"coin", control.FaultWhen{Probability: &half}, ".....X.X."}, // pinned: the draws of a seed must not change
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, control.Fault{When: c.when, Do: status(503), Seed: 7})
			var got strings.Builder
			for i := range 9 {
				if _, hit := p.Decide(fault.Request{}, at(time.Duration(i)*time.Second)); hit {
					got.WriteByte('X')
				} else {
					got.WriteByte('.')
				}
			}
			if got.String() != c.want {
				t.Errorf("nine requests with %+v: %s, want %s", c.when, got.String(), c.want)
			}
		})
	}
}

func TestPlan_Decide_ramp(t *testing.T) {
	t.Parallel()
	p := plan(t, control.Fault{
		When: control.FaultWhen{Ramp: &control.FaultRamp{From: 0, To: 1, Length: control.Seconds(100)}}, Do: status(503), Seed: 3,
	})
	const n = 2000
	for _, c := range []struct {
		after time.Duration
		want  float64
	}{{0, 0}, {25 * time.Second, 0.25}, {75 * time.Second, 0.75}, {100 * time.Second, 1}, {200 * time.Second, 1}} {
		hits := 0
		for range n {
			if _, hit := p.Decide(fault.Request{}, at(c.after)); hit {
				hits++
			}
		}
		if share := float64(hits) / n; share < c.want-0.04 || share > c.want+0.04 {
			t.Errorf("%v after the start of the ramp %.3f of the requests are hit, want about %.2f", c.after, share, c.want)
		}
	}
}

func TestPlan_Decide_order(t *testing.T) {
	t.Parallel()
	wait := func(s float64) control.FaultAction {
		return control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(s)}}
	}
	p := plan(t,
		control.Fault{ID: "slow", Do: wait(1)}, control.Fault{ID: "slower", Do: wait(2)},
		control.Fault{ID: "first", Do: status(502), When: control.FaultWhen{First: 1}}, control.Fault{ID: "second", Do: status(503)})
	action, _ := p.Decide(fault.Request{}, at(0))
	if action.Rule != "first" || action.Delay != 3*time.Second || action.Override.Status != 502 {
		t.Errorf("first request: rule %q, delay %v, want the first rule, after 3s", action.Rule, action.Delay)
	}
	if action, _ = p.Decide(fault.Request{}, at(0)); action.Rule != "second" {
		t.Errorf("second request: rule %q, want second", action.Rule)
	}
	type count struct {
		ID             string
		Matched, Fired uint64
	}
	var got []count
	for _, f := range p.List("", at(0)) {
		got = append(got, count{f.ID, f.Matched, f.Fired})
	}
	want := []count{{"slow", 2, 2}, {"slower", 2, 2}, {"first", 2, 1}, {"second", 1, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestPlan_Decide_ttl(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		ttl       float64
		simulated time.Duration
		real      time.Duration
		want      bool
	}{
		{"just made", 60, 0, 0, true},
		{"shortly before", 60, 60*time.Second - 1, 0, true},
		{"over on the simulated clock", 60, 60 * time.Second, 0, false},
		{"over on the real clock, simulated one frozen", 60, 0, 60 * time.Second, false},
		{"default", 0, time.Hour - 1, 0, true},
		{"default over", 0, time.Hour, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, control.Fault{Do: status(503), TTL: control.Seconds(c.ttl)})
			now := fault.Now{Simulated: noon.Add(c.simulated), Real: noon.Add(c.real)}
			if _, hit := p.Decide(fault.Request{}, now); hit != c.want {
				t.Errorf("hits: %t, want %t", hit, c.want)
			}
			if left := len(p.List("", now)); (left == 1) != c.want {
				t.Errorf("%d rules left, want the rule gone: %t", left, !c.want)
			}
		})
	}
}

func TestPlan_Add_refuses(t *testing.T) {
	t.Parallel()
	two, minus := 2.0, -0.1
	earlier := noon.Add(-time.Hour)
	some := 0.5
	for _, c := range []struct {
		name string
		rule control.Fault
		want string
	}{
		{"no kind", control.Fault{}, "exactly one"},
		{"two kinds", control.Fault{Do: control.FaultAction{
			Reset: &control.ResetFault{}, WAF: &control.WAFFault{},
		}}, "exactly one"},
		{"no status", control.Fault{Do: status(0)}, "status 0"},
		{"header name", control.Fault{Do: control.FaultAction{Status: &control.StatusFault{Status: 503, Headers: map[string]string{"Retry After": "1"}}}}, `"Retry After"`},
		{"header value", control.Fault{Do: control.FaultAction{Status: &control.StatusFault{Status: 503, Headers: map[string]string{"Retry-After": "1\r\nX: 1"}}}}, "can be sent"},
		{"length as a header", control.Fault{Do: control.FaultAction{Status: &control.StatusFault{Status: 503, Headers: map[string]string{"content-length": "1"}}}}, "truncate"},
		{"probability", control.Fault{Do: status(503), When: control.FaultWhen{Probability: &two}}, "want 0 to 1"},
		{"ramp", control.Fault{Do: status(503), When: control.FaultWhen{Ramp: &control.FaultRamp{From: -1}}}, "ramp: from -1"},
		{"ramp and probability", control.Fault{Do: status(503), When: control.FaultWhen{
			Ramp: &control.FaultRamp{}, Probability: &some,
		}}, "not both"},
		{"empty window", control.Fault{Do: status(503), When: control.FaultWhen{From: &noon, To: &earlier}}, "not before"},
		{"ttl below 0", control.Fault{Do: status(503), TTL: control.Seconds(-1)}, "ttl_seconds -1"},
		{"ttl too long", control.Fault{Do: status(503), TTL: control.Seconds(1e9)}, "want 0 to 2.592e+06"},
		{"endpoint", control.Fault{Do: status(503), Target: control.FaultTarget{Endpoint: "batch"}}, `"batch"`},
		{"format", control.Fault{Do: control.FaultAction{WAF: &control.WAFFault{Format: "xml"}}}, `"xml"`},
		{"503 taken", control.Fault{Do: control.FaultAction{
			ServerError: &control.ServerErrorFault{Status: 503, Taken: &some},
		}}, "nothing was taken"},
		{"server error 501", control.Fault{Do: control.FaultAction{ServerError: &control.ServerErrorFault{Status: 501}}}, "want 500, 502"},
		{"taken", control.Fault{Do: control.FaultAction{ServerError: &control.ServerErrorFault{Taken: &minus}}}, "taken -0.1"},
		{"distribution", control.Fault{Do: control.FaultAction{Latency: &control.LatencyFault{Distribution: "pareto"}}}, `"pareto"`},
		{"latency beyond its end", control.Fault{Do: control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(90)}}}, "want 0 to 60"},
		{"garbage", control.Fault{Do: control.FaultAction{Garbage: &control.GarbageFault{Bytes: 2 << 20}}}, "garbage: bytes"},
		{"dribble", control.Fault{Do: control.FaultAction{Dribble: &control.DribbleFault{ChunkBytes: -1}}}, "chunk_bytes -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := fault.New(1)
			_, err := p.Add(c.rule, at(0))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Add = %v, want an error with %q", err, c.want)
			}
			if left := p.List("", at(0)); len(left) != 0 {
				t.Errorf("the refused rule is in the plan: %+v", left)
			}
		})
	}
}

func TestPlan_Replace_ofKey(t *testing.T) {
	t.Parallel()
	p := plan(t, control.Fault{ID: "a", Target: control.FaultTarget{APIKey: "k"}, Do: status(503)},
		control.Fault{ID: "b", Target: control.FaultTarget{APIKey: "l"}, Do: status(503)},
		control.Fault{ID: "c", Do: status(503)})
	ids := func(key string) []string {
		var list []string
		for _, f := range p.List(key, at(0)) {
			list = append(list, f.ID)
		}
		return list
	}
	_, err := p.Replace("k", []control.Fault{{ID: "d", Do: status(500)}, {Do: status(99)}}, at(0))
	if err == nil || !slices.Equal(ids(""), []string{"a", "b", "c"}) {
		t.Errorf("Replace with an invalid rule = %v, leaves %q, want an error and no change", err, ids(""))
	}
	for _, bad := range []control.Fault{
		{Target: control.FaultTarget{APIKey: "l"}, Do: status(500)},
		{ID: "b", Do: status(500)},
	} {
		if _, err := p.Replace("k", []control.Fault{bad}, at(0)); err == nil {
			t.Errorf("Replace of the rules of k accepts %+v", bad)
		}
	}
	if _, err := p.Replace("k", []control.Fault{{ID: "d", Do: status(500)}}, at(0)); err != nil {
		t.Fatal(err)
	}
	if got := ids(""); !slices.Equal(got, []string{"b", "c", "d"}) {
		t.Errorf("rules %q, want b c d", got)
	}
	if got := ids("k"); !slices.Equal(got, []string{"d"}) {
		t.Errorf("rules of k %q, want d", got)
	}
	if !p.Delete("c") || p.Delete("c") {
		t.Error("Delete does not say whether there was a rule")
	}
	p.Clear("k")
	if got := ids(""); !slices.Equal(got, []string{"b"}) {
		t.Errorf("after Clear(k) rules %q, want b", got)
	}
	p.Clear("")
	if _, hit := p.Decide(fault.Request{APIKey: "l"}, at(0)); hit {
		t.Error("a rule hits after Clear of all")
	}
}

func TestPlan_Add_replacesSameID(t *testing.T) {
	t.Parallel()
	p := plan(t, control.Fault{ID: "a", Do: status(500)}, control.Fault{ID: "b", Do: status(502)})
	p.Decide(fault.Request{}, at(0))
	if _, err := p.Add(control.Fault{ID: "a", Do: status(504)}, at(0)); err != nil {
		t.Fatal(err)
	}
	got := p.List("", at(0))
	if len(got) != 2 || got[0].ID != "a" || got[0].Do.Status.Status != 504 || got[0].Matched != 0 {
		t.Errorf("rules %+v, want the new a in the place of the old, counted from 0", got)
	}
}

// The fate of the nth request depends on seed and n alone: not on other rules, and
// not on requests that are none of the rule's business.
func TestPlan_Decide_deterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(0, 1).Draw(t, "probability")
		rule := control.Fault{
			Target: control.FaultTarget{APIKey: "k"}, When: control.FaultWhen{Probability: &p},
			Do: control.FaultAction{ServerError: &control.ServerErrorFault{}}, Seed: rapid.Uint64Min(1).Draw(t, "seed"),
		}
		quiet, noisy := fault.New(1), fault.New(rapid.Uint64().Draw(t, "plan seed"))
		mustAdd(t, quiet, rule)
		for range rapid.IntRange(0, 3).Draw(t, "other rules") {
			mustAdd(t, noisy, control.Fault{Target: control.FaultTarget{APIKey: "l"}, Do: status(503)})
		}
		rule.ID = "fault-1"
		mustAdd(t, noisy, rule)
		for i := range 50 {
			for range rapid.IntRange(0, 2).Draw(t, "strangers") {
				noisy.Decide(fault.Request{APIKey: "l"}, at(0))
			}
			want, hit := quiet.Decide(fault.Request{APIKey: "k"}, at(0))
			got, hitToo := noisy.Decide(fault.Request{APIKey: "k"}, at(0))
			if hit != hitToo || !cmp.Equal(want, got) {
				t.Fatalf("request %d of the same seed: %+v and %+v", i, want, got)
			}
		}
	})
}

func mustAdd(t *rapid.T, p *fault.Plan, f control.Fault) {
	if _, err := p.Add(f, at(0)); err != nil {
		t.Fatal(err)
	}
}

func TestPlan_Add_showsSeed(t *testing.T) {
	t.Parallel()
	add := func(seed uint64) uint64 {
		made, err := fault.New(seed).Add(control.Fault{Do: status(503)}, at(0))
		if err != nil {
			t.Fatal(err)
		}
		return made.Seed
	}
	if a, b := add(1), add(1); a == 0 || a != b {
		t.Errorf("seeds made up by plans of the same seed: %d and %d, want the same, not 0", a, b)
	}
	if add(1) == add(2) {
		t.Error("plans of different seeds make up the same seed")
	}
}
