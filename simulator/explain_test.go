package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

func TestExplainDevice(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{EventsPerSecond: new(3), WindowSeconds: new(10), BatchEventsPerSecond: new(0), DailyQuota: new(1000)}))
	b.want(200, "", "/2/httpapi", upload(10, ofDevice("device-1")))
	b.want(200, "", "/batch", upload(5, ofDevice("device-1")))
	b.advance(4 * time.Second)
	b.want(200, "", "/2/httpapi", upload(20, ofDevice("device-1")))
	b.want(200, "", "/2/httpapi", upload(9, ofDevice("device-2")))
	b.advance(time.Second)
	b.want(429, "", "/2/httpapi", upload(1, ofDevice("device-1")))
	got, err := b.control.ExplainDevice(t.Context(), testKey, "device-1")
	if err != nil {
		t.Fatal(err)
	}
	clears, later := testStart.Add(10*time.Second), testStart.Add(4*time.Second)
	hour := testStart.Truncate(time.Hour)
	want := control.Explanation{
		APIKey: testKey, DeviceID: "device-1", Now: testStart.Add(5 * time.Second),
		Limits: []control.LimitState{
			{
				Limit: "rate", Endpoint: "/2/httpapi", MaxEvents: 30, Threshold: 3, Window: control.Seconds(10), Events: 30, Rate: 3, Exhausted: true, ClearsAt: &clears,
				Buckets: []control.Bucket{{At: testStart, Events: 10}, {At: later, Events: 20}},
				Counted: []control.Contribution{{Request: 1, At: testStart, Events: 10, Total: 10}, {Request: 3, At: later, Events: 20, Total: 30}},
				Refused: []control.Contribution{{Request: 5, At: testStart.Add(5 * time.Second), Events: 1, Reason: "device_rate"}},
			},
			{
				Limit: "daily_quota", MaxEvents: 1000, Window: control.Seconds(86400), Events: 35,
				Buckets: []control.Bucket{{At: hour, Events: 35}},
				Counted: []control.Contribution{{Request: 1, At: testStart, Events: 10, Total: 10}, {Request: 2, At: testStart, Events: 5, Total: 15}, {Request: 3, At: later, Events: 20, Total: 35}},
				Refused: []control.Contribution{{Request: 5, At: testStart.Add(5 * time.Second), Events: 1, Reason: "device_rate"}},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ExplainDevice (-want +got):\n%s", diff)
	}
	// What it says about clearing is true, to the second.
	b.advance(4 * time.Second)
	b.want(429, "", "/2/httpapi", upload(1, ofDevice("device-1")))
	b.advance(time.Second)
	b.want(200, "", "/2/httpapi", upload(1, ofDevice("device-1")))

	user, err := b.control.ExplainUser(t.Context(), testKey, "user-0001")
	if err != nil || len(user.Limits) != 2 || user.Limits[0].Events != 0 || user.Limits[0].Exhausted {
		t.Errorf("ExplainUser of nobody = %+v, %v; want empty windows", user, err)
	}
	var refused *control.Error
	if _, err := b.control.ExplainDevice(t.Context(), "nope", "device-1"); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("ExplainDevice of an unknown key: %v, want a 404", err)
	}
	if _, err := b.control.ExplainDevice(t.Context(), testKey, ""); !errors.As(err, &refused) || refused.Status != 400 {
		t.Errorf("ExplainDevice of no device: %v, want a 400", err)
	}
}

// TestExplainDevice_others has one device take the events of ten others and of a user with it.
func TestExplainDevice_others(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{EventsPerSecond: new(1), WindowSeconds: new(2)}))
	b.want(200, "", "/2/httpapi", upload(2, ofDevice("device-1")))
	var events strings.Builder
	for i := range 10 {
		fmt.Fprintf(&events, `{"device_id":"other-%d","event_type":"e"},`, i)
	}
	b.want(429, "", "/2/httpapi", `{"api_key":"K","events":[`+events.String()+
		`{"user_id":"user-0009","event_type":"e"},{"user_id":"user-0009","event_type":"e"},{"device_id":"device-1","user_id":"user-0009","event_type":"e"}]}`)
	got, err := b.control.ExplainDevice(t.Context(), testKey, "device-1")
	if err != nil {
		t.Fatal(err)
	}
	want := []control.Contribution{{
		Request: 2, At: testStart, Events: 1, Reason: "device_rate", OtherEvents: 12,
		Others: []control.Other{
			{UserID: "user-0009", Events: 2},
			{DeviceID: "other-0", Events: 1},
			{DeviceID: "other-1", Events: 1},
			{DeviceID: "other-2", Events: 1},
			{DeviceID: "other-3", Events: 1},
			{DeviceID: "other-4", Events: 1},
			{DeviceID: "other-5", Events: 1},
			{DeviceID: "other-6", Events: 1},
		},
	}}
	if diff := cmp.Diff(want, got.Limits[0].Refused); diff != "" {
		t.Errorf("what went down with device-1 (-want +got):\n%s", diff)
	}
}

// TestExplainDevice_alone has a device send more in one request than its window holds:
// nothing is counted, and the request is listed all the same until the window has passed.
func TestExplainDevice_alone(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{EventsPerSecond: new(1), WindowSeconds: new(2)}))
	b.want(429, "", "/2/httpapi", `{"api_key":"K","events":[{"device_id":"device-1","event_type":"e"},{"device_id":"device-1","event_type":"e"},`+
		`{"device_id":"device-1","event_type":"e"},{"device_id":"other-1","event_type":"e"}]}`)
	refused := []control.Contribution{{
		Request: 1, At: testStart, Events: 3, Reason: "device_rate", OtherEvents: 1, Others: []control.Other{{DeviceID: "other-1", Events: 1}},
	}}
	for _, want := range [][]control.Contribution{refused, nil} {
		got, err := b.control.ExplainDevice(t.Context(), testKey, "device-1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Limits[0].Refused); diff != "" || got.Limits[0].Events != 0 || got.Limits[0].Counted != nil {
			t.Errorf("at %v: %+v, refused (-want +got):\n%s", got.Now, got.Limits[0], diff)
		}
		b.advance(2*time.Second + time.Nanosecond)
	}
	if got, err := b.control.ExplainEvent(t.Context(), 4); err != nil || got.Rule.Reason != "neighbor" || got.Rule.Behavior != "rejection_429" || got.Rule.Known != "published" {
		t.Errorf("ExplainEvent of a neighbor of a 429 = %+v, %v; want the rule of the 429", got.Rule, err)
	}
}

func TestExplainEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(400, "", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e"},{"user_id":"u-2","event_type":"e"}]}`)
	b.want(200, "", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0002","event_type":"e"}]}`)
	for seq, want := range map[uint64]control.Rule{
		1: {Reason: "neighbor", Behavior: "rejection_400", Known: "guess"},
		2: {Reason: "invalid_id_length", Behavior: "min_id_length", Known: "published"},
		3: {},
	} {
		got, err := b.control.ExplainEvent(t.Context(), seq)
		if err != nil || got.Event.Seq != seq || got.Rule.Reason != want.Reason || got.Rule.Behavior != want.Behavior || got.Rule.Known != want.Known || got.Rule.Text == "" {
			t.Errorf("ExplainEvent(%d) = %+v, %v; want %+v and a text", seq, got, err, want)
		}
		if (got.Rule.Source == "") != (want.Behavior == "") {
			t.Errorf("ExplainEvent(%d): source %q", seq, got.Rule.Source)
		}
		if (len(got.Near) == 1 && got.Near[0].Event.Seq == 3) != (seq < 3) {
			t.Errorf("ExplainEvent(%d): near are %+v, want the accepted event if this one was not", seq, got.Near)
		}
	}
	var refused *control.Error
	if _, err := b.control.ExplainEvent(t.Context(), 4); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("ExplainEvent(4): %v, want a 404", err)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 3 {
		b.want(200, "", "/2/httpapi", upload(900, spread))
		b.advance(31 * time.Second)
	}
	var events, requests bytes.Buffer
	if err := b.control.ExportEvents(t.Context(), control.Query{APIKey: testKey, Limit: 1}, &events); err != nil {
		t.Fatal(err)
	}
	if err := b.control.ExportRequests(t.Context(), control.Query{APIKey: testKey, DeviceID: "device-7"}, &requests); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(events.String(), "\n"), "\n")
	var last control.Event
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(lines) != 2700 || last.Seq != 2700 {
		t.Errorf("exported %d events, the last %+v, %v; want 2700", len(lines), last, err)
	}
	if n := strings.Count(requests.String(), "\n"); n != 3 {
		t.Errorf("exported %d requests, want 3", n)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(200, "", "/2/httpapi", upload(3, spread))
	b.want(400, "", "/2/httpapi", `{"api_key":"K","events":[{"device_id":"device-0","event_type":""}]}`)
	for name, c := range map[string]struct {
		claim control.Verification
		want  control.Result
	}{
		"times":   {control.Verification{Match: control.Match{DeviceID: "device-1"}, Times: new(uint64(1))}, control.Pass},
		"never":   {control.Verification{Match: control.Match{Outcome: control.Rejected}, Never: true}, control.Fail},
		"sequel":  {control.Verification{Sequence: []control.Match{{DeviceID: "device-1"}, {Outcome: control.Rejected}}}, control.Pass},
		"at most": {control.Verification{AtMost: new(uint64(3))}, control.Fail},
	} {
		c.claim.APIKey = testKey
		got, err := b.control.Verify(t.Context(), c.claim)
		if err != nil || got.Result != c.want || got.Why == "" {
			t.Errorf("%s: %+v, %v; want %s", name, got, err, c.want)
		}
	}
	for want, claim := range map[string]control.Verification{
		"exactly one": {APIKey: testKey}, "api_key": {Never: true},
		"want accepted": {APIKey: testKey, Never: true, Match: control.Match{Outcome: "lost"}},
	} {
		var refused *control.Error
		if _, err := b.control.Verify(t.Context(), claim); !errors.As(err, &refused) || refused.Status != 400 || !strings.Contains(refused.Message, want) {
			t.Errorf("Verify(%+v): %v, want a 400 with %q", claim, err, want)
		}
	}
}

// TestVerify_evicted verifies events that the journal has lost.
func TestVerify_evicted(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithJournalBytes(256<<10))
	for i := range 40 {
		b.want(200, "", "/2/httpapi", upload(200, func(n int) string { return spread(1000*i + n) }))
		b.advance(time.Second)
	}
	since := testStart.Add(39 * time.Second)
	for name, c := range map[string]struct {
		claim control.Verification
		want  control.Result
	}{
		"never, maybe lost":          {control.Verification{Match: control.Match{DeviceID: "device-nope"}, Never: true}, control.Unknown},
		"never, since lately":        {control.Verification{Match: control.Match{DeviceID: "device-nope"}, Never: true, Since: &since}, control.Pass},
		"once, lost":                 {control.Verification{Match: control.Match{DeviceID: "device-1"}, AtLeast: new(uint64(1))}, control.Unknown},
		"once, there":                {control.Verification{Match: control.Match{DeviceID: "device-39001"}, AtLeast: new(uint64(1))}, control.Pass},
		"more than there ever were":  {control.Verification{Match: control.Match{DeviceID: "device-1"}, AtLeast: new(uint64(9000))}, control.Fail},
		"the ledger knows":           {control.Verification{Match: control.Match{Outcome: control.Accepted}, Times: new(uint64(8000))}, control.Pass},
		"the ledger knows of none":   {control.Verification{Match: control.Match{Outcome: control.Rejected}, Never: true}, control.Pass},
		"a sequence with a lost one": {control.Verification{Sequence: []control.Match{{DeviceID: "device-1"}, {DeviceID: "device-39001"}}}, control.Unknown},
	} {
		c.claim.APIKey = testKey
		got, err := b.control.Verify(t.Context(), c.claim)
		if err != nil || got.Result != c.want {
			t.Errorf("%s: %+v, %v; want %s", name, got, err, c.want)
		}
	}
}
