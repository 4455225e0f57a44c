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

	"github.com/ammeter/ammeter/simulator/simtest"
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
