package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestClients lets the SDKs run into what the simulator can do to them.
func TestClients(t *testing.T) {
	t.Parallel()
	fault := func(when control.FaultWhen, do control.FaultAction) func(*sdkClient) {
		return func(c *sdkClient) {
			if _, err := c.sim.Control.AddFault(c.t.Context(), control.Fault{When: when, Do: do, TTL: control.Seconds(1e6)}); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	limits := func(l control.Limits, upload string) func(*sdkClient) {
		return func(c *sdkClient) {
			if err := c.sim.Control.SetLimits(c.t.Context(), c.key, l); err != nil {
				c.t.Fatal(err)
			}
			resp, err := http.Post(c.sim.URL+"/2/httpapi", "application/json", strings.NewReader(strings.Replace(upload, "K", c.key, 1)))
			if err != nil || resp.StatusCode != http.StatusOK {
				c.t.Fatal(resp, err)
			}
			resp.Body.Close()
		}
	}
	all := func(f sdkFate) map[string]sdkFate {
		return map[string]sdkFate{"go": f, "typescript": f, "python": f, "java": f, "kotlin": f}
	}
	small := func(n int) func(*sdkClient) []sdkEvent {
		return func(*sdkClient) []sdkEvent { return batch(n, 10) }
	}
	for name, s := range map[string]struct {
		events func(*sdkClient) []sdkEvent
		setup  func(*sdkClient)
		want   map[string]sdkFate
	}{
		"nothing wrong": {small(10), nil, all(sdkFate{delivered: 10, requests: 1})},
		"unknown key":   {small(10), func(c *sdkClient) { c.key = "nope" }, all(sdkFate{dropped: 10, requests: 1})},
		"an event without type": {
			func(*sdkClient) []sdkEvent { return with(batch(10, 10), 3, `"event_type":"e",`, "") }, nil,
			map[string]sdkFate{
				"go": {delivered: 9, dropped: 1, requests: 2}, "typescript": {delivered: 9, dropped: 1, requests: 2}, "python": {delivered: 9, dropped: 1, requests: 2},
				"java": {delivered: 9, dropped: 1, requests: 10}, "kotlin": {delivered: 9, dropped: 1, requests: 2},
			},
		},
		"a short id": {
			func(*sdkClient) []sdkEvent { return with(batch(10, 10), 3, "device-3", "d-3") }, nil,
			map[string]sdkFate{
				"go": {delivered: 9, dropped: 1, requests: 2}, "typescript": {delivered: 9, dropped: 1, requests: 2}, "python": {delivered: 9, dropped: 1, requests: 2},
				// The map is not read. Java sends device by device then, and drops the
				// lone event; Kotlin's file is stuck.
				"java": {delivered: 9, dropped: 1, requests: 11}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
		"an anonymous id": {
			func(*sdkClient) []sdkEvent { return with(batch(10, 10), 3, "device-3", "anonymous") }, nil,
			map[string]sdkFate{
				"go": {requests: 60, storm: "hot"}, "typescript": {dropped: 10, requests: 12}, "python": {dropped: 10, requests: 12},
				"java": {delivered: 9, dropped: 1, requests: 11}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
		"a throttled device": {
			small(10),
			limits(control.Limits{EventsPerSecond: new(1)}, upload(30, ofDevice("device-4"))),
			map[string]sdkFate{
				// Go and Python send the others without delay; TypeScript and Kotlin let
				// them wait; Java gives up on the throttled one before the 30 s are over.
				"go": {delivered: 10, requests: 3}, "typescript": {delivered: 10, requests: 2}, "python": {delivered: 10, requests: 3},
				"java": {delivered: 9, dropped: 1, requests: 22}, "kotlin": {delivered: 10, requests: 2},
			},
		},
		"a device beyond its quota": {
			small(10),
			limits(control.Limits{EventsPerSecond: new(0), DailyQuota: new(30)}, upload(30, ofDevice("device-4"))),
			map[string]sdkFate{
				"go": {delivered: 9, dropped: 1, requests: 2}, "typescript": {delivered: 9, dropped: 1, requests: 2}, "python": {delivered: 9, dropped: 1, requests: 2},
				"java": {delivered: 9, dropped: 1, requests: 10}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
		"a limit of the project": {
			small(10),
			limits(control.Limits{ProjectEventsPerSecond: new(9)}, upload(1, ofDevice("device-4"))),
			map[string]sdkFate{
				"go": {requests: 60, storm: "hot"}, "typescript": {dropped: 10, requests: 12}, "python": {dropped: 10, requests: 12},
				"java": {delivered: 10, requests: 19}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
		"a batch too large": {
			func(c *sdkClient) []sdkEvent { return batch(c.size, 1_600_000/c.size) }, nil,
			map[string]sdkFate{
				"go": {delivered: 200, requests: 3}, "typescript": {delivered: 200, requests: 3}, "python": {delivered: 200, requests: 3},
				"java": {delivered: 5, dropped: 5, requests: 3}, "kotlin": {delivered: 30, requests: 3},
			},
		},
		"an event too large": {
			func(*sdkClient) []sdkEvent { return batch(1, 1<<20) }, nil,
			map[string]sdkFate{
				"go": {dropped: 1, requests: 1}, "typescript": {dropped: 1, requests: 1}, "python": {dropped: 1, requests: 1},
				"java": {dropped: 1, requests: 2}, "kotlin": {dropped: 1, requests: 1},
			},
		},
		"three 503": {
			small(1), fault(control.FaultWhen{First: 3}, control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}}),
			all(sdkFate{delivered: 1, requests: 4}),
		},
		"nothing but 500": {
			small(1), fault(control.FaultWhen{}, control.FaultAction{ServerError: &control.ServerErrorFault{}}),
			map[string]sdkFate{
				"go": {dropped: 1, requests: 13}, "typescript": {dropped: 1, requests: 12}, "python": {dropped: 1, requests: 12},
				"java": {dropped: 1, requests: 13}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
		"a broken connection": {
			small(1), fault(control.FaultWhen{First: 1}, control.FaultAction{EmptyReply: &control.EmptyReplyFault{}}),
			map[string]sdkFate{
				"go": {dropped: 1, requests: 1}, "typescript": {dropped: 1, requests: 1}, "python": {delivered: 1, requests: 2},
				"java": {delivered: 1, requests: 2}, "kotlin": {delivered: 1, requests: 2},
			},
		},
		"the firewall": {
			small(1), fault(control.FaultWhen{}, control.FaultAction{WAF: &control.WAFFault{}}),
			map[string]sdkFate{
				"go": {requests: 60, storm: "hot"}, "typescript": {dropped: 1, requests: 12}, "python": {dropped: 1, requests: 12},
				"java": {dropped: 1, requests: 1}, "kotlin": {requests: 180, storm: "endless"},
			},
		},
	} {
		for client, policy := range sdks {
			t.Run(name+"/"+client, func(t *testing.T) {
				t.Parallel()
				sim := simtest.Start(t, simtest.FrozenAt(testStart))
				c := &sdkClient{sdk: policy, t: t, sim: sim, key: sim.Key}
				if s.setup != nil {
					s.setup(c)
				}
				before := try(sim.Control.Ledger(t.Context(), sim.Key)).or(t)
				got := c.run(s.events(c))
				if got != s.want[client] {
					t.Errorf("got %+v, want %+v", got, s.want[client])
				}
				ledger, err := sim.Control.Ledger(t.Context(), sim.Key)
				if n := int(ledger.Outcomes[control.Accepted] - before.Outcomes[control.Accepted]); err != nil || n != got.delivered && name != "nothing but 500" {
					t.Errorf("the simulator took %d events, %v; the client delivered %d", n, err, got.delivered)
				}
			})
		}
	}
}
