package journal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// put journals a request with n events.
func put(t *testing.T, j *Journal, account string, n int) {
	t.Helper()
	body := []byte(`{"api_key":"k","events":[`)
	for i := range n {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"device_id":"d%d"}`, i)
	}
	var u upload.Batch
	if err := new(scan.Parser).Parse(append(body, ']', '}'), &u); err != nil {
		t.Fatal(err)
	}
	e := Entry{Account: account, APIKey: u.Bytes(u.APIKey), At: time.Unix(1, 0), Status: 200, Upload: &u}
	e.Outcomes, e.Reasons = make([]outcome.Outcome, len(u.Events)), make([]outcome.Reason, len(u.Events))
	j.Record(&e)
}

// TestWalk_letsUploadsIn searches a long journal for what is not there, and counts how
// much it looks at without giving the lock away.
func TestWalk_letsUploadsIn(t *testing.T) {
	t.Parallel()
	const most = 100 // events of a request
	j := New(64 << 20)
	for i := range 3 * maxHold {
		put(t, j, "p", i%most)
	}
	newest := j.requests
	none := func(*request) bool { return false }
	for name, q := range map[string]Query{"own": {Account: "p"}, "all": {AnyAccount: true}, "of others": {Account: "p", ByKey: true}} {
		q.APIKey = "nobody"
		last, holds, requests := uint64(0), 0, uint64(0)
		for more := true; more; holds++ {
			looked := 0
			last, more = j.walkOn(last, newest, q, none, func(_ *segment, r *request) bool {
				looked += 1 + int(r.events)
				if requests++; r.seq != requests {
					t.Fatalf("%s: visited request %d, want %d", name, r.seq, requests)
				}
				return true
			})
			if looked > maxHold+1+most {
				t.Fatalf("%s: looked at %d requests and events in one go, want about %d", name, looked, maxHold)
			}
			put(t, j, "p", 1) // the turn of another upload
		}
		if last != newest || holds < 3 || name != "of others" && requests != newest {
			t.Errorf("%s: looked up to request %d in %d goes and visited %d, want all of %d", name, last, holds, requests, newest)
		}
	}
}

// TestWalk_evictedMeanwhile loses the beginning of a journal while it is searched: each
// request that is still there is visited once, in order.
func TestWalk_evictedMeanwhile(t *testing.T) {
	t.Parallel()
	j := New(1 << 20)
	for range maxHold {
		put(t, j, "p", 2)
	}
	last, newest, visited := uint64(0), j.requests, []uint64(nil)
	for more := true; more; {
		last, more = j.walkOn(last, newest, Query{Account: "p"}, func(*request) bool { return false }, func(_ *segment, r *request) bool {
			visited = append(visited, r.seq)
			return true
		})
		for range maxHold {
			put(t, j, "p", 2)
		}
	}
	for i := range visited {
		if i > 0 && visited[i] <= visited[i-1] {
			t.Fatalf("visited %d after %d", visited[i], visited[i-1])
		}
	}
	if n := len(visited); n == 0 || visited[n-1] > newest {
		t.Errorf("visited %d requests, want some, and none that came later", n)
	}
}

// TestReading_makesNothing reads accounts that nothing was recorded for.
func TestReading_makesNothing(t *testing.T) {
	t.Parallel()
	j := New(1 << 20)
	ended, end := context.WithCancel(t.Context())
	end()
	for i := range 1000 {
		name := fmt.Sprintf("typo-%d", i)
		j.Ledger(name)
		j.Evicted(name, time.Time{})
		j.Events(Query{Account: name})
		j.Reset(name)
		if l, reached := j.Await(ended, name, control.Until{Events: 1}); reached || l.Events != 0 || j.Knows(name) {
			t.Fatalf("Await of nothing: %+v, %v", l, reached)
		}
	}
	if len(j.accounts)+len(j.byName)+len(j.waiters) != 0 {
		t.Errorf("%d accounts, %d names and %d lists of waiters after reading, want none", len(j.accounts), len(j.byName), len(j.waiters))
	}
	put(t, j, "p", 3)
	if j.ResetAll(); len(j.accounts)+len(j.byName) != 0 {
		t.Errorf("%d accounts and %d names after a reset, want none", len(j.accounts), len(j.byName))
	}
	if total := j.Totals(); len(total) != 1 || total[0].Events != 3 {
		t.Errorf("totals %+v after a reset, want the 3 events", total)
	}
}

// TestSurplus counts the events of a request that has too many to be kept, and says
// that a search does not see them.
func TestSurplus(t *testing.T) {
	t.Parallel()
	j := New(64 << 20)
	put(t, j, "p", upload.MaxRead+7)
	l := j.Ledger("p")
	if l.Events != upload.MaxRead+7 || l.Outcomes[control.Accepted] != l.Events || l.EvictedEvents != 7 || l.EvictedRequests != 0 {
		t.Errorf("ledger %+v, want all events, 7 of which cannot be found", l)
	}
	if r := j.Requests(Query{Account: "p"}); len(r) != 1 || r[0].Events != upload.MaxRead+7 {
		t.Errorf("requests %+v, want one with all its events", r)
	}
	put(t, j, "p", 1)
	if e := j.Events(Query{Account: "p", Query: control.Query{After: upload.MaxRead}}); len(e) != 1 || e[0].Request != 2 {
		t.Errorf("the next event is %+v, want the one of request 2", e)
	}
}

// TestSegments_room fills two segments alike: the lists of the second need not grow.
func TestSegments_room(t *testing.T) {
	t.Parallel()
	j := New(64 << 20)
	for len(j.segments) < 2 {
		put(t, j, "p", 1)
	}
	was, is := j.segments[0], j.segments[1]
	if cap(is.requests) < len(was.requests) || cap(is.events) < len(was.events) || cap(is.meta) < len(was.meta) {
		t.Errorf("room for %d requests and %d events after a segment of %d and %d", cap(is.requests), cap(is.events), len(was.requests), len(was.events))
	}
}
