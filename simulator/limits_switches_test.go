package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func spread(i int) string { return ofDevice(fmt.Sprintf("device-%d", i))(i) }

func TestStarterPlan(t *testing.T) {
	t.Parallel()
	const over = `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":%d,"throttled_devices":{},"throttled_users":{},"throttled_events":[]}`
	b := newBench(t, simulator.WithLimits(control.Limits{Profile: "starter"}))
	b.want(200, "", "/2/httpapi", upload(1000, spread))
	b.want(429, fmt.Sprintf(over, 1000), "/2/httpapi", upload(1, spread))
	if got := b.events(control.Query{Outcome: control.Throttled}); len(got) != 1 || got[0].Reason != "project_rate" {
		t.Errorf("throttled: %+v, want one for project_rate", got)
	}
	b.advance(time.Second)
	for range 100 {
		b.want(200, "", "/2/httpapi", upload(1, spread))
		b.advance(time.Millisecond)
	}
	b.want(429, fmt.Sprintf(over, 100), "/2/httpapi", upload(1, spread))
	b.advance(time.Second)
	b.want(200, "", "/2/httpapi", upload(1, spread))

	bare := newBench(t, simulator.WithLimits(control.Limits{ProjectRequestsPerSecond: new(1)}), simulator.WithBehavior("project_limit_answer", "bare"))
	bare.want(200, "", "/2/httpapi", upload(1, spread))
	bare.want(429, `{"code":429,"error":"Too many requests for some devices and users"}`, "/2/httpapi", upload(1, spread))
}

// TestStarterPlan_manyClients sends over connections, from many clients within one second:
// a project gets its hundred requests on each endpoint, and not one more.
func TestStarterPlan_manyClients(t *testing.T) {
	t.Parallel()
	const clients, each, limit = 8, 20, 100
	sim := simtest.Start(t, simtest.FrozenAt(testStart), simulator.WithLimits(control.Limits{Profile: "starter"}))
	for _, path := range []string{"/2/httpapi", "/batch"} {
		var taken, refused atomic.Int64
		var all sync.WaitGroup
		for c := range clients {
			all.Go(func() {
				for i := range each {
					body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-%d-%d","event_type":"e"}]}`, sim.Key, c, i)
					resp, err := http.Post(sim.URL+path, "application/json", strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					defer resp.Body.Close()
					switch resp.StatusCode {
					case http.StatusOK:
						taken.Add(1)
					case http.StatusTooManyRequests:
						refused.Add(1)
					default:
						t.Errorf("%s: answered %d", path, resp.StatusCode)
					}
				}
			})
		}
		all.Wait()
		if taken.Load() != limit || refused.Load() != clients*each-limit {
			t.Errorf("%s: %d requests taken and %d refused, want %d and %d", path, taken.Load(), refused.Load(), limit, clients*each-limit)
		}
	}
	ledger := try(sim.Control.Ledger(t.Context(), sim.Key)).or(t)
	if got := ledger.Reasons["throttled/project_rate"]; got != 2*(clients*each-limit) {
		t.Errorf("ledger: %+v, want all refused for project_rate", ledger)
	}
}

func TestLimitsOff(t *testing.T) {
	t.Parallel()
	off := new(0)
	b := newBench(t, simulator.WithLimits(control.Limits{
		Profile: "starter", EventsPerSecond: off, BatchEventsPerSecond: off, DailyQuota: off, ProjectEventsPerSecond: off, ProjectRequestsPerSecond: off,
	}))
	for range 101 {
		b.want(200, "", "/2/httpapi", upload(1000, ofDevice("device-1")))
	}
	users := newBench(t, simulator.WithLimits(control.Limits{Profile: "strict", Users: new(false)}))
	users.want(200, "", "/2/httpapi", upload(1000, func(int) string { return `{"user_id":"user-0001","event_type":"e"}` }))
}

// TestQuotaAfterThrottle counts the quota only of an id that exceeded its rate.
func TestQuotaAfterThrottle(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("daily_quota_start", "first_throttle"), simulator.WithBehavior("daily_quota_maps_httpapi", "never"),
		simulator.WithLimits(control.Limits{Profile: "strict", DailyQuota: new(40)}))
	for range 3 {
		b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-1")))
		b.advance(time.Second)
	}
	b.want(429, "", "/2/httpapi", upload(31, ofDevice("device-1")))
	b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-1")))
	b.advance(time.Second)
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,"throttled_devices":{},"throttled_users":{},`+
			`"throttled_events":[0,1,2,3,4,5,6,7,8,9,10]}`, "/2/httpapi", upload(11, ofDevice("device-1")),
	)
	b.want(200, "", "/2/httpapi", upload(10, ofDevice("device-1")))
	b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-2")))
}

func TestPartialRejection(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("rejection_429", "partial"), simulator.WithLimits(control.Limits{Profile: "strict"}))
	b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-1")))
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,"throttled_devices":{"device-1":31},"throttled_users":{},"throttled_events":[1]}`,
		"/2/httpapi", `{"api_key":"K","events":[{"device_id":"device-2","event_type":"e","insert_id":"i"},{"device_id":"device-1","event_type":"e"},{"device_id":"device-2","event_type":"e","insert_id":"i"}]}`,
	)
	var got []string
	for _, e := range b.events(control.Query{After: 30}) {
		got = append(got, string(e.Outcome)+"/"+e.Reason)
	}
	if want := "accepted/ throttled/device_rate duplicate/insert_id"; strings.Join(got, " ") != want {
		t.Errorf("outcomes %q, want %q", got, want)
	}
	// The neighbors were counted.
	b.want(429, "", "/2/httpapi", upload(29, ofDevice("device-2")))
}

func TestRejectedEventsCount(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("rejected_events_count", "yes"), simulator.WithLimits(control.Limits{Profile: "strict", WindowSeconds: new(2)}))
	b.want(200, "", "/2/httpapi", upload(60, ofDevice("device-1")))
	b.advance(time.Second)
	b.want(429, "", "/2/httpapi", upload(61, ofDevice("device-1")))
	b.advance(time.Second) // the first 60 are gone, the refused 61 are not
	b.want(429, "", "/2/httpapi", upload(1, ofDevice("device-1")))
	b.advance(2 * time.Second)
	b.want(200, "", "/2/httpapi", upload(1, ofDevice("device-1")))
}

func TestRateOfOrganization(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]int{"organization": 429, "project": 200} {
		b := newBench(t, simulator.WithBehavior("rate_scope", scope), simulator.WithLimits(control.Limits{Profile: "strict"}),
			simulator.WithKeys(control.Key{APIKey: "a", Organization: "org"}, control.Key{APIKey: "b", Organization: "org"}, control.Key{APIKey: "c", Organization: "other"}))
		from := func(key string, status int) {
			t.Helper()
			b.want(status, "", "/2/httpapi", strings.Replace(upload(30, ofDevice("device-1")), "K", key, 1))
		}
		from("a", 200)
		from("b", want)
		from("c", 200)
		if err := b.control.ResetArea(t.Context(), control.AreaLimits, "a"); err != nil {
			t.Fatal(err)
		}
		from("a", 200)
	}
}

// TestCompressed crosses a day of a compressed shape in real steps of a second.
func TestCompressed(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{EventsPerSecond: new(2), WindowSeconds: new(3), DailyQuota: new(10), QuotaStepSeconds: new(1)}))
	b.want(200, "", "/2/httpapi", upload(6, ofDevice("device-1")))
	b.want(429, "", "/2/httpapi", upload(1, ofDevice("device-1")))
	b.advance(3 * time.Second)
	b.want(200, "", "/2/httpapi", upload(4, ofDevice("device-1")))
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":2,"throttled_devices":{},"throttled_users":{},`+
			`"exceeded_daily_quota_users":{},"exceeded_daily_quota_devices":{"device-1":11},"throttled_events":[0]}`, "/2/httpapi", upload(1, ofDevice("device-1")),
	)
	b.advance(21 * time.Second)
	b.want(200, "", "/2/httpapi", upload(6, ofDevice("device-1")))
}

func TestMemoryBound(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithMaxTracked(640), simulator.WithLimits(control.Limits{DailyQuota: new(0)}))
	known, refused := []int{}, 0
	for i := range 2000 {
		if status, _ := b.post("/2/httpapi", upload(1, func(int) string { return spread(i) })); status == 200 {
			known = append(known, i)
		} else {
			refused++
		}
	}
	if len(known) != 640 {
		t.Errorf("%d of 2000 devices were taken, want 640", len(known))
	}
	for _, i := range known { // those known go on
		b.want(200, "", "/2/httpapi", upload(1, func(int) string { return spread(i) }))
	}
	state, err := b.control.State(t.Context())
	if err != nil || state.Tracked != len(known) || state.MaxTracked != 640 || state.RefusedByMemory != uint64(refused) {
		t.Errorf("State = %+v, %v; want %d tracked of 640 and %d refused", state, err, len(known), refused)
	}
	if got := b.events(control.Query{Outcome: control.Throttled}); len(got) != refused || got[0].Reason != "memory" {
		t.Errorf("%d throttled, the first for %q; want %d for memory", len(got), got[0].Reason, refused)
	}
	b.advance(31 * time.Second) // all windows have run empty
	for i := range 640 {
		b.want(200, "", "/2/httpapi", upload(1, func(int) string { return spread(5000 + i) }))
	}
}
