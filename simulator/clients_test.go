package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The official SDKs, reduced to how they react to answers, from their sources: Go
// 1.3.1, TypeScript for Node, Python 1.2.3, Java 1.13.0 and Kotlin.

// reaction is what a client does with events that were not taken.
type reaction struct {
	drop   bool
	counts bool                          // toward the most sends of an event
	wait   func(sends int) time.Duration // before the next send; nil: none
}

func after(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// ladder is 100, 100, 200, 200 ... 3200, 3200 ms.
func ladder(sends int) time.Duration {
	return 100 * time.Millisecond << min((sends-1)/2, 5)
}

var (
	dropped = reaction{drop: true}
	atOnce  = reaction{}
	climb   = reaction{counts: true, wait: ladder}
)

// How a client makes batches smaller after a 413.
const (
	divide = "divide" // by 2, 3, 4 ...
	halve  = "halve"
	split  = "split" // only the batch, in two
	cut    = "cut"   // on the second 413 the second half is dropped
)

// What a client does with events of an id beyond its quota.
const (
	ifListed = "dropped if listed"
	byID     = "dropped by id"
	kept     = "kept"
)

type sdk struct {
	size     int      // events in a batch
	sends    int      // most sends of an event that count; 0: no end
	indexes  []string // maps of indexes that are read
	bodyCode bool     // the status is taken from the body
	grouped  bool     // what is sent again is sent device by device
	smaller  string
	quota    string

	// Reactions to a 400 with indexes for the rest of the events, to a 400 that
	// names none, to missing_field, to the events throttled and the others of a 429, to
	// a 5xx, and to a connection that broke. A 403 is a 400, or else a 5xx.
	rest, unnamed, missing, throttled, others, failed, broken reaction
	forbiddenIsFailed                                         bool
}

var sdks = map[string]sdk{
	"go": {
		size: 200, sends: 13, smaller: divide, quota: ifListed,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    atOnce, unnamed: atOnce, missing: dropped,
		throttled: reaction{wait: after(30 * time.Second)}, others: atOnce, failed: climb, broken: dropped,
	},
	"typescript": {
		size: 200, sends: 12, bodyCode: true, smaller: halve, quota: byID,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    flush, unnamed: flush, missing: dropped,
		throttled: reaction{counts: true, wait: after(30 * time.Second)}, others: reaction{counts: true, wait: after(30 * time.Second)},
		failed: reaction{counts: true, wait: func(n int) time.Duration { return time.Duration(max(10, n)) * time.Second }}, broken: dropped,
	},
	"python": {
		size: 200, sends: 12, bodyCode: true, smaller: divide, quota: ifListed,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    climb, unnamed: climb, missing: dropped,
		throttled: reaction{counts: true, wait: func(n int) time.Duration { return 30*time.Second + ladder(n) }}, others: climb, failed: climb, broken: climb,
	},
	"java": {
		size: 10, sends: 13, bodyCode: true, grouped: true, smaller: cut, quota: byID,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields"},
		rest:    climb, unnamed: climb, missing: dropped,
		throttled: climb, others: climb, failed: climb, broken: climb,
	},
	"kotlin": {
		size: 30, smaller: split, quota: kept,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "silenced_events"},
		rest:    atOnce, unnamed: slow, missing: slow, forbiddenIsFailed: true,
		throttled: reaction{wait: after(30 * time.Second)}, others: reaction{wait: after(30 * time.Second)}, failed: slow, broken: slow,
	},
}

var (
	flush = reaction{counts: true, wait: after(10 * time.Second)}
	slow  = reaction{wait: func(n int) time.Duration {
		return time.Duration([]int{1, 8, 32, 128, 300}[min(n-1, 4)]) * time.Second
	}}
)

// sdkEvent is an event on its way.
type sdkEvent struct {
	n, sends int // sends that count
	device   string
	json     string
}

// job is a batch that is due.
type job struct {
	due    time.Duration
	events []sdkEvent
	sent   int // times
}

// sdkClient is an SDK at work. It waits on the simulator's clock.
type sdkClient struct {
	sdk
	t       *testing.T
	sim     *simtest.Server
	key     string
	now     time.Duration
	divider int
	jobs    []job
	fate    sdkFate
	still   int // requests since it last waited
}

// sdkFate is what became of the events.
type sdkFate struct {
	delivered, dropped, requests int
	storm                        string // "hot" or "endless", if it had to be stopped
}

// run sends until nothing is left, or until it has seen enough.
func (c *sdkClient) run(events []sdkEvent) sdkFate {
	c.push(atOnce, events, 0)
	for len(c.jobs) > 0 && c.fate.storm == "" {
		slices.SortStableFunc(c.jobs, func(a, b job) int { return int(a.due - b.due) })
		next := c.jobs[0]
		c.jobs = c.jobs[1:]
		if wait := next.due - c.now; wait > 0 {
			if _, err := c.sim.Control.AdvanceClock(c.t.Context(), wait); err != nil {
				c.t.Fatal(err)
			}
			c.now, c.still = next.due, 0
		}
		if size := max(1, c.size/max(1, c.divider)); len(next.events) > size {
			c.jobs = append([]job{{next.due, next.events[size:], next.sent}}, c.jobs...)
			next.events = next.events[:size]
		}
		c.send(next)
	}
	return c.fate
}

// push makes a job of events that were not taken, unless they end here.
func (c *sdkClient) push(r reaction, events []sdkEvent, sent int) {
	var again []sdkEvent
	for _, e := range events {
		if r.counts {
			e.sends++
		}
		if r.drop || r.counts && c.sends > 0 && e.sends >= c.sends {
			c.fate.dropped++
			continue
		}
		again = append(again, e)
	}
	for len(again) > 0 {
		group := again
		if c.grouped && sent > 0 {
			group = slices.DeleteFunc(slices.Clone(again), func(e sdkEvent) bool { return e.device != again[0].device })
		}
		due := c.now
		if r.wait != nil {
			due += r.wait(max(1, sent))
		}
		c.jobs = append(c.jobs, job{due, group, sent})
		again = slices.DeleteFunc(slices.Clone(again), func(e sdkEvent) bool {
			return slices.ContainsFunc(group, func(g sdkEvent) bool { return g.n == e.n })
		})
	}
}

func (c *sdkClient) send(j job) {
	const enough = 60
	c.fate.requests++
	if c.still++; c.still >= enough {
		c.fate.storm = "hot"
		return
	}
	if c.fate.requests >= 3*enough {
		c.fate.storm = "endless"
		return
	}
	texts := make([]string, len(j.events))
	for i, e := range j.events {
		texts[i] = e.json
	}
	body := `{"api_key":"` + c.key + `","events":[` + strings.Join(texts, ",") + `]}`
	j.sent++
	resp, err := http.Post(c.sim.URL+"/2/httpapi", "application/json", strings.NewReader(body))
	if err != nil {
		c.push(c.broken, j.events, j.sent)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.push(c.broken, j.events, j.sent)
		return
	}
	c.react(resp.StatusCode, text, j)
}

func (c *sdkClient) react(status int, text []byte, j job) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil && c.bodyCode {
		_ = json.Unmarshal(members["code"], &status) // no code: the status stays
	}
	switch {
	case status == http.StatusOK:
		c.fate.delivered += len(j.events)
	case status == 413:
		c.tooLarge(j)
	case status == 429:
		c.tooMany(members, j)
	case status >= 500, status == 403 && c.forbiddenIsFailed:
		c.push(c.failed, j.events, j.sent)
	case bytes.Contains(text, []byte("Invalid API key")):
		c.push(dropped, j.events, j.sent)
	case members["missing_field"] != nil:
		c.push(c.missing, j.events, j.sent)
	default:
		named := c.named(members)
		if len(named) == 0 {
			if c.grouped && len(j.events) == 1 {
				c.push(dropped, j.events, j.sent)
				return
			}
			c.push(c.unnamed, j.events, j.sent)
			return
		}
		bad, rest := c.part(j.events, named)
		c.push(dropped, bad, j.sent)
		c.push(c.rest, rest, j.sent)
	}
}

// named are the indexes in the maps that the client reads.
func (c *sdkClient) named(members map[string]json.RawMessage) []int {
	var all []int
	for _, name := range c.indexes {
		var list []int
		var byField map[string][]int
		if json.Unmarshal(members[name], &list) != nil {
			_ = json.Unmarshal(members[name], &byField) // absent: nothing named
		}
		all = append(all, list...)
		for _, list := range byField {
			all = append(all, list...)
		}
	}
	return all
}

func (*sdkClient) part(events []sdkEvent, indexes []int) (in, out []sdkEvent) {
	for i, e := range events {
		if slices.Contains(indexes, i) {
			in = append(in, e)
		} else {
			out = append(out, e)
		}
	}
	return in, out
}

func (c *sdkClient) tooMany(members map[string]json.RawMessage, j job) {
	var listed []int
	over := map[string]int{}
	_ = json.Unmarshal(members["throttled_events"], &listed)
	_ = json.Unmarshal(members["exceeded_daily_quota_devices"], &over)
	var done, throttled, others []sdkEvent
	for i, e := range j.events {
		_, exceeded := over[e.device]
		in := slices.Contains(listed, i)
		switch {
		case exceeded && (c.quota == byID || c.quota == ifListed && in):
			done = append(done, e)
		case in:
			throttled = append(throttled, e)
		default:
			others = append(others, e)
		}
	}
	c.push(dropped, done, j.sent)
	if c.smaller == split || c.smaller == halve { // the file, or the timer, is one for all
		c.push(c.throttled, append(throttled, others...), j.sent)
		return
	}
	c.push(c.throttled, throttled, j.sent)
	c.push(c.others, others, j.sent)
}

func (c *sdkClient) tooLarge(j job) {
	counted := reaction{counts: true}
	switch half := len(j.events) / 2; {
	case c.smaller == cut && j.sent == 1:
		c.grouped = false // the second send is still of the whole batch
		c.push(climb, j.events, j.sent)
	case c.smaller == cut:
		c.push(dropped, j.events[half:], j.sent)
		c.push(climb, j.events[:half], j.sent)
	case len(j.events) == 1:
		c.push(dropped, j.events, j.sent)
	case c.smaller == split:
		c.push(atOnce, j.events[:half], 0)
		c.push(atOnce, j.events[half:], 0)
	case c.smaller == halve:
		c.divider = max(1, c.divider) * 2
		c.push(counted, j.events, j.sent)
	default:
		c.divider = max(1, c.divider) + 1
		c.push(atOnce, j.events, j.sent)
	}
}

// batch makes events, one a device, of at least a size.
func batch(n, bytes int) []sdkEvent {
	events := make([]sdkEvent, n)
	for i := range events {
		events[i] = sdkEvent{n: i, device: fmt.Sprintf("device-%d", i)}
		events[i].json = fmt.Sprintf(`{"device_id":%q,"event_type":"e","insert_id":"i-%d","event_properties":{"p":%q}}`, events[i].device, i, strings.Repeat("x", bytes))
	}
	return events
}

// with replaces a text in one event.
func with(events []sdkEvent, i int, old, text string) []sdkEvent {
	events[i].json = strings.Replace(events[i].json, old, text, 1)
	return events
}

// TestClients lets the SDKs run into what the simulator can do to them.
func TestClients(t *testing.T) {
	t.Parallel()
	fault := func(when control.FaultWhen, do control.FaultAction) func(*sdkClient) {
		return func(c *sdkClient) {
			if _, err := c.sim.Control.AddFault(c.t.Context(), control.Fault{When: when, Do: do, TTLSeconds: 1e6}); err != nil {
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
				before, err := sim.Control.Ledger(t.Context(), c.key)
				if err != nil {
					t.Fatal(err)
				}
				got := c.run(s.events(c))
				if got != s.want[client] {
					t.Errorf("got %+v, want %+v", got, s.want[client])
				}
				ledger, err := sim.Control.Ledger(t.Context(), c.key)
				if n := int(ledger.Outcomes[control.Accepted] - before.Outcomes[control.Accepted]); err != nil || n != got.delivered && name != "nothing but 500" {
					t.Errorf("the simulator took %d events, %v; the client delivered %d", n, err, got.delivered)
				}
			})
		}
	}
}
