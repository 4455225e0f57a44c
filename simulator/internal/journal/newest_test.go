package journal_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// TestLatest holds a search from the newest request back against one from the oldest on,
// over more requests than one hold of the lock looks at.
func TestLatest(t *testing.T) {
	t.Parallel()
	j := journal.New(64 << 20)
	const n = 5000
	for i := range n {
		why := outcome.None
		if i%7 == 0 {
			why = outcome.MissingField
		}
		record(t, j, start.Add(time.Duration(i)*time.Second), fmt.Sprintf("p%d", i%2),
			fmt.Sprintf(`{"api_key":"k%d","events":[{"device_id":"d%d","event_type":"a"},{"user_id":"u"}]}`, i%2, i%10), why)
	}
	for name, q := range map[string]journal.Query{
		"all":        {AnyAccount: true},
		"account":    {Account: "p1"},
		"device":     {Account: "p1", Query: control.Query{DeviceID: "d3"}},
		"since":      {AnyAccount: true, Query: control.Query{Since: start.Add(4000 * time.Second)}},
		"unknown":    {Account: "p9"},
		"refused":    {AnyAccount: true, Refused: true},
		"status 400": {Account: "p0", Status: 400},
	} {
		q.Limit = journal.MaxLimit
		var want, got []uint64
		for _, r := range j.Requests(q) {
			want = append(want, r.Seq)
		}
		q.Limit = 300
		for {
			page := j.Latest(q)
			for _, r := range page {
				got = append(got, r.Seq)
			}
			if len(page) < q.Limit {
				break
			}
			q.Before = got[len(got)-1]
		}
		slices.Reverse(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the requests from the newest back are not those from the oldest on (-want +got):\n%.500s", name, diff)
		}
		q.Before = 0
		if n, some := j.Matching(q, journal.MaxLimit), j.Matching(q, 7); n != len(want) || some != min(len(want), 7) {
			t.Errorf("%s: %d requests match, and %d if 7 are enough; want %d", name, n, some, len(want))
		}
		if q.Skip = len(want) - 1; q.Skip > 0 {
			if page := j.Latest(q); len(page) != 1 || page[0].Seq != want[0] {
				t.Errorf("%s: %d requests behind all others, want the oldest alone", name, len(page))
			}
		}
	}
}

func TestLatest_summary(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	const body = `{"api_key":"k1","events":[{"device_id":"d1","event_type":"a"},{"device_id":"d2","event_type":"b"}]}`
	record(t, j, start, "p1", body, outcome.None)
	record(t, j, start, "p1", `{"api_key":"k1","events":[]}`, outcome.MissingEvents)
	got := j.Latest(journal.Query{Account: "p1", Query: control.Query{DeviceID: "d2"}})
	if len(got) != 1 || got[0].First.EventType != "b" || got[0].First.Body != nil || got[0].Outcomes != [outcome.Count]int{outcome.Accepted: 2} {
		t.Errorf("Latest = %+v, want the first request with its second event", got)
	}
	for seq, want := range map[uint64]string{1: body, 2: `{"api_key":"k1","events":[]}`} {
		found, ok := j.Find(seq)
		if !ok || string(found.Body) != want || found.Request.Seq != seq || len(found.Events) != int(4-2*seq) {
			t.Errorf("Find(%d) = %+v, %t; want the body %s and its events", seq, found, ok, want)
		}
	}
	for _, seq := range []uint64{0, 3} {
		if _, ok := j.Find(seq); ok {
			t.Errorf("Find(%d): found, want nothing", seq)
		}
	}
	if one, all, none := j.Count("p1", false), j.Count("", true), j.Count("p2", false); one != 2 || all != 2 || none != 0 {
		t.Errorf("Count: %d, %d and %d, want 2, 2 and 0", one, all, none)
	}
	j.Reset("p1")
	if _, ok := j.Find(1); ok || j.Count("p1", false) != 0 {
		t.Error("a request is found after the reset")
	}
}

// The event that is shown of a request which was turned away is the one that was the reason.
func TestLatest_cause(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	var u upload.Batch
	var p scan.Parser
	if err := p.Parse([]byte(`{"api_key":"k1","events":[{"device_id":"d1"},{"device_id":"d2"},{"device_id":"d3"}]}`), &u); err != nil {
		t.Fatal(err)
	}
	j.Record(&journal.Entry{
		Account: "p1", At: start, Wall: start, Status: 429, Reason: outcome.DeviceRate, Upload: &u,
		Outcomes: []outcome.Outcome{outcome.Throttled, outcome.Throttled, outcome.Throttled},
		Reasons:  []outcome.Reason{outcome.Neighbor, outcome.DeviceRate, outcome.DeviceRate},
	})
	for device, want := range map[string]string{"": "d2", "d1": "d1"} {
		got := j.Latest(journal.Query{AnyAccount: true, Query: control.Query{DeviceID: device}})
		if len(got) != 1 || got[0].First.DeviceID != want {
			t.Errorf("Latest for the device %q = %+v, want %s first", device, got, want)
		}
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	for second := range 5 {
		record(t, j, start.Add(time.Duration(second)*time.Second), "p1", `{"api_key":"k1","events":[{"user_id":"u","event_type":"a"}]}`, outcome.None)
	}
	record(t, j, start.Add(4*time.Second), "p1", `{"api_key":"k1","events":[{"user_id":"u"}]}`, outcome.MissingField)
	want := []journal.Flow{
		{2, [outcome.Count]int{outcome.Accepted: 1, outcome.Rejected: 1}},
		{1, [outcome.Count]int{outcome.Accepted: 1}},
		{1, [outcome.Count]int{outcome.Accepted: 1}},
	}
	if diff := cmp.Diff(want, j.Flow(journal.Query{AnyAccount: true}, start.Add(4*time.Second), 3)); diff != "" {
		t.Errorf("Flow (-want +got):\n%s", diff)
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	j := journal.New(1 << 20)
	record(t, j, start, "p1", `{"api_key":"k1","events":[{"device_id":"phone-1","user_id":"u","event_type":"a"},{"device_id":"phone-2","event_type":"a"}]}`, outcome.None)
	record(t, j, start.Add(29*time.Second), "p1", `{"api_key":"k1","events":[{"device_id":"phone-1","event_type":"a"}]}`, outcome.None)
	record(t, j, start, "", `{"api_key":"nobody","events":[{"device_id":"phone-1"}]}`, outcome.InvalidAPIKey)
	list, looked := j.Subjects(journal.Query{AnyAccount: true}, "phone", start.Add(29*time.Second), 100)
	if len(list) != 2 || looked != 3 || list[0].ID != "phone-1" || list[1].ID != "phone-2" {
		t.Fatalf("%d subjects of %d events, want phone-1 and phone-2 of 3", len(list), looked)
	}
	recent := [journal.Seconds][outcome.Count]int{0: {outcome.Accepted: 1}, journal.Seconds - 1: {outcome.Accepted: 1}}
	if s := list[0]; s.User || s.APIKey != "k1" || s.Recent != recent || s.Outcomes[outcome.Accepted] != 2 || !s.Last.Equal(start.Add(29*time.Second)) {
		t.Errorf("phone-1: %+v, want two events, the first and the last second apart", s)
	}
	if list, _ = j.Subjects(journal.Query{AnyAccount: true}, "", start.Add(time.Minute), 1); len(list) != 1 || list[0].Recent != [journal.Seconds][outcome.Count]int{} {
		t.Errorf("subjects of the newest event a minute later: %+v, want one without a second", list)
	}
}
