package journal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// record journals a body as accepted, or as rejected when why is not None.
func record(t *testing.T, j *journal.Journal, at time.Time, account, body string, why outcome.Reason) {
	t.Helper()
	var u upload.Batch
	var p scan.Parser
	if err := p.Parse([]byte(body), &u); err != nil {
		t.Fatal(err)
	}
	e := journal.Entry{
		Account: account, APIKey: u.Bytes(u.APIKey), At: at, Wall: at, Endpoint: "/2/httpapi", Status: 200, Bytes: len(body),
		Answer: []byte(`{"code":200}`), Upload: &u,
	}
	o := outcome.Accepted
	if why != outcome.None {
		e.Status, o, e.Reason = 400, outcome.Rejected, why
	}
	for range u.Events {
		e.Outcomes, e.Reasons = append(e.Outcomes, o), append(e.Reasons, why)
	}
	j.Record(&e)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	record(t, j, start, "p1", `{"api_key":"k1","events":[{"device_id":"d1","event_type":"a","insert_id":"i1"},{"device_id":"d2","event_type":"b"}]}`, outcome.None)
	record(t, j, start.Add(time.Second), "p2", `{"api_key":"k2","events":[{"user_id":"\u0075-1","event_type":"a"}]}`, outcome.None)
	record(t, j, start.Add(2*time.Second), "p1", `{"api_key":"k3","events":[{"device_id":"d1","event_type":"a"}]}`, outcome.InvalidAPIKey)

	all := journal.Query{AnyAccount: true}
	with := func(change func(*journal.Query)) journal.Query {
		q := all
		change(&q)
		return q
	}
	for name, c := range map[string]struct {
		query journal.Query
		want  []uint64
	}{
		"all":      {all, []uint64{1, 2, 3, 4}},
		"account":  {journal.Query{Account: "p1"}, []uint64{1, 2, 4}},
		"nobody":   {journal.Query{Account: "p9"}, nil},
		"device":   {with(func(q *journal.Query) { q.DeviceID = "d1" }), []uint64{1, 4}},
		"user":     {with(func(q *journal.Query) { q.UserID = "u-1" }), []uint64{3}},
		"type":     {with(func(q *journal.Query) { q.EventType = "b" }), []uint64{2}},
		"insert":   {with(func(q *journal.Query) { q.InsertID = "i1" }), []uint64{1}},
		"outcome":  {with(func(q *journal.Query) { q.Outcome = control.Rejected }), []uint64{4}},
		"since":    {with(func(q *journal.Query) { q.Since = start.Add(time.Second) }), []uint64{3, 4}},
		"until":    {with(func(q *journal.Query) { q.Until = start.Add(time.Second) }), []uint64{1, 2}},
		"after":    {with(func(q *journal.Query) { q.After = 1 }), []uint64{2, 3, 4}},
		"limit":    {with(func(q *journal.Query) { q.After, q.Limit = 1, 2 }), []uint64{2, 3}},
		"past end": {with(func(q *journal.Query) { q.After = 4 }), nil},
	} {
		var got []uint64
		for _, e := range j.Events(c.query) {
			got = append(got, e.Seq)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Events, %s (-want +got):\n%s", name, diff)
		}
	}
	want := control.Event{
		Seq: 4, Request: 3, At: start.Add(2 * time.Second), Wall: start.Add(2 * time.Second), APIKey: "k3", Endpoint: "/2/httpapi",
		Outcome: control.Rejected, Reason: "invalid_api_key", DeviceID: "d1", EventType: "a", Body: []byte(`{"device_id":"d1","event_type":"a"}`),
	}
	if diff := cmp.Diff(want, j.Events(journal.Query{AnyAccount: true, Query: control.Query{After: 3}})[0]); diff != "" {
		t.Errorf("event 4 (-want +got):\n%s", diff)
	}
	requests := j.Requests(with(func(q *journal.Query) { q.DeviceID = "d2" }))
	if len(requests) != 1 || requests[0].Seq != 1 || requests[0].Events != 2 || string(requests[0].Answer) != `{"code":200}` {
		t.Errorf("Requests with an event of d2: %+v, want request 1", requests)
	}
}

// TestEviction fills a small journal: counts stay exact, the oldest requests go, and
// the ledger says how many.
func TestEviction(t *testing.T) {
	t.Parallel()
	const bound, requests = 64 << 10, 2000
	j := journal.New(bound)
	for i := range requests {
		record(t, j, start, "p", fmt.Sprintf(`{"api_key":"k","events":[{"device_id":"d%d","event_type":"%s"}]}`, i, strings.Repeat("x", 100)), outcome.None)
	}
	l := j.Ledger("p")
	kept := uint64(len(j.Events(journal.Query{Account: "p", Query: control.Query{Limit: journal.MaxLimit}})))
	if l.Events != requests || l.Outcomes[control.Accepted] != requests || l.Requests != requests {
		t.Errorf("ledger %+v, want %d requests and accepted events", l, requests)
	}
	if kept == 0 || kept+l.EvictedEvents != requests || l.EvictedRequests != l.EvictedEvents {
		t.Errorf("%d events kept, %d evicted, want %d together", kept, l.EvictedEvents, requests)
	}
	if most := uint64(bound / 100); kept > most {
		t.Errorf("%d events kept in %d bytes, want at most %d", kept, bound, most)
	}
}

// TestEviction_mixedSizes takes large and small requests in turn: the bound holds, and the
// newest are always there, whole.
func TestEviction_mixedSizes(t *testing.T) {
	t.Parallel()
	const bound = 4 << 20
	j := journal.New(bound)
	for i := range 60 {
		name := fmt.Sprintf("%d-%s", i, strings.Repeat("x", []int{10, 3 << 20, 300 << 10, 2 << 10}[i%4]))
		record(t, j, start, "p", fmt.Sprintf(`{"api_key":"k","events":[{"device_id":"d","event_type":%q}]}`, name), outcome.None)
		list := j.Events(journal.Query{Account: "p"})
		if len(list) == 0 || list[len(list)-1].EventType != name {
			t.Fatalf("request %d is not there", i)
		}
		if bytes, _ := j.Size(); bytes > bound*5/4 {
			t.Fatalf("after request %d the journal takes %d bytes, want about %d at the most", i, bytes, bound)
		}
	}
}

// TestCountsOnly keeps nothing at all, and says so.
func TestCountsOnly(t *testing.T) {
	t.Parallel()
	j := journal.New(0)
	for _, size := range []int{10, 100_000} {
		record(t, j, start, "p", `{"api_key":"k","events":[{"device_id":"d","event_type":"`+strings.Repeat("x", size)+`"}]}`, outcome.None)
	}
	l := j.Ledger("p")
	if l.Events != 2 || l.Requests != 2 || l.EvictedEvents != 2 || l.EvictedRequests != 2 || j.Evicted("p", start) != 2 {
		t.Errorf("ledger %+v, want 2 events of 2 requests, and that both are gone", l)
	}
	if kept := j.Events(journal.Query{Account: "p"}); len(kept) != 0 {
		t.Errorf("kept %+v, want nothing", kept)
	}
	if bytes, _ := j.Size(); bytes != 0 {
		t.Errorf("the journal takes %d bytes, want 0", bytes)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	body := `{"api_key":"k","events":[{"device_id":"d","event_type":"e"}]}`
	record(t, j, start, "p1", body, outcome.None)
	record(t, j, start, "p2", body, outcome.None)
	j.Reset("p1")
	record(t, j, start, "p1", body, outcome.None)
	got := j.Events(journal.Query{Account: "p1"})
	if len(got) != 1 || got[0].Seq != 3 || j.Ledger("p1").Events != 1 || j.Ledger("p2").Events != 1 {
		t.Errorf("after the reset of p1: its events %+v, ledgers %+v and %+v; want event 3 alone, and p2 as it was",
			got, j.Ledger("p1"), j.Ledger("p2"))
	}
	j.ResetAll()
	if n := len(j.Events(journal.Query{AnyAccount: true})); n != 0 || j.Ledger("p2").Events != 0 {
		t.Errorf("after the reset of all: %d events, ledger %+v", n, j.Ledger("p2"))
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	body := `{"api_key":"k","events":[{"device_id":"d","event_type":"e"},{"device_id":"d","event_type":"e"}]}`
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for n := uint64(0); n <= 20; n++ {
		all.Go(func() {
			if l, reached := j.Await(ctx, "p", control.Until{Settled: n, Requests: n / 2}); !reached || l.Settled() < n {
				t.Errorf("Await %d: %+v, %v", n, l, reached)
			}
		})
	}
	for range 10 {
		record(t, j, start, "other", body, outcome.None)
		record(t, j, start, "p", body, outcome.None)
	}
	all.Wait()

	ended, end := context.WithCancel(context.Background())
	end()
	if l, reached := j.Await(ended, "p", control.Until{Refused: 1}); reached || l.Events != 20 {
		t.Errorf("Await of a refusal that never came: %+v, %v; want 20 events, false", l, reached)
	}
}
