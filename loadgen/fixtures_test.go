package loadgen_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
)

var loadOnce = sync.OnceValues(fixtures.Load)

func loadFixtures(tb testing.TB) *fixtures.Set {
	tb.Helper()
	set, err := loadOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func TestFixtures_AppendAmplitude(t *testing.T) {
	t.Parallel()
	ids := loadgen.Identities{Seed: 3, Run: 4}
	f, err := loadgen.NewFixtures(loadFixtures(t), loadgen.FixturesConfig{
		Kind: loadgen.Amplitude, Types: []string{"users.behaviors.CustomEvent"}, APIKey: `k"`, Identities: ids, Devices: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	byCase := map[string]int32{}
	for i, p := range f.Payloads {
		byCase[p.Case] = int32(i)
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	body := f.Append([]byte("xx"), &loadgen.Send{At: 2 * time.Second, Events: []loadgen.Event{
		{Number: 70, Device: 8, Payload: byCase["identified"]},
		{Number: 71, Device: 9, Payload: byCase["short-ids"], Skew: -1500 * time.Millisecond},
		{Number: 72, Device: 9, Payload: byCase["anonymous"]},
	}}, start)
	var got struct {
		APIKey  string         `json:"api_key"`
		Options map[string]int `json:"options"`
		Events  []struct {
			UserID   string `json:"user_id"`
			DeviceID string `json:"device_id"`
			InsertID string `json:"insert_id"`
			Time     int64  `json:"time"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body[2:], &got); err != nil {
		t.Fatalf("body %s: %v", body, err)
	}
	if got.APIKey != `k"` || got.Options["min_id_length"] != 1 || len(got.Events) != 3 {
		t.Fatalf("body %s", body)
	}
	first, short, anonymous := got.Events[0], got.Events[1], got.Events[2]
	const sent = 1767323047000 // 2026-01-02T03:04:07Z
	if first.UserID != ids.User(8) || first.DeviceID != ids.Device(8) || first.InsertID != ids.EventID(70) || first.Time != sent {
		t.Errorf("identified = %+v, want ids of device 8 and event 70 at %d", first, int64(sent))
	}
	if len(short.UserID) >= 5 || short.InsertID != ids.EventID(71) || short.Time != sent-1500 {
		t.Errorf("short-ids = %+v, want its own ids, 1.5 s earlier", short)
	}
	if anonymous.UserID != "" || anonymous.DeviceID != ids.Device(9) {
		t.Errorf("anonymous = %+v, want device 9 and no user", anonymous)
	}
}

// Every body is the fixture itself but for its ids and time.
func TestFixtures_AppendLeavesTheRest(t *testing.T) {
	t.Parallel()
	set := loadFixtures(t)
	for _, kind := range []loadgen.Kind{loadgen.Exporter, loadgen.Amplitude} {
		f, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{Kind: kind, Devices: true})
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]bool{}
		for i, p := range f.Payloads {
			types[p.Type] = true
			c, _ := set.Case(p.Type, p.Case)
			body := f.Append(nil, &loadgen.Send{Events: []loadgen.Event{{Payload: int32(i)}}}, time.Unix(1767323047, 0))
			want := c.CustomHTTP()
			if kind == loadgen.Amplitude {
				want = c.Expect.Amplitude
			}
			if diff := cmp.Diff(stripped(t, want), stripped(t, body)); diff != "" {
				t.Errorf("%s %s (-fixture +sent):\n%s", kind, c.Path(), diff)
			}
			if p.Delivers != (c.Expect.Dropped == "") {
				t.Errorf("%s: delivers = %v, expectation %q", c.Path(), p.Delivers, c.Expect.Dropped)
			}
		}
		if kind == loadgen.Exporter && len(types) != len(set.Types) {
			t.Errorf("%d types are sent, fixtures have %d", len(types), len(set.Types))
		}
	}
}

// stripped decodes an event, alone or first in a body, without what is replaced.
func stripped(tb testing.TB, raw []byte) map[string]any {
	tb.Helper()
	var event map[string]any
	if err := json.Unmarshal(raw, &event); err != nil {
		tb.Fatalf("%s: %v", raw, err)
	}
	if list, ok := event["events"].([]any); ok {
		event = list[0].(map[string]any)
	}
	replace := func(o map[string]any, names ...string) {
		for _, n := range names {
			// An id that is empty, null, short or refused is what the fixture is
			// about and must stay.
			if s, ok := o[n].(string); ok && len(s) < 21 {
				continue
			}
			if o[n] != nil {
				o[n] = "replaced"
			}
		}
	}
	replace(event, "id", "insert_id", "time", "user_id", "device_id")
	if user, ok := event["user"].(map[string]any); ok {
		replace(user, "external_user_id", "device_id")
	}
	return event
}

func TestNewFixtures_Refuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"users.nothing.Here", "users.RandomBucketNumberUpdate"} {
		if _, err := loadgen.NewFixtures(loadFixtures(t), loadgen.FixturesConfig{Kind: loadgen.Amplitude, Types: []string{name}}); err == nil {
			t.Errorf("type %q: accepted", name)
		}
	}
}

func BenchmarkFixtures_Append(b *testing.B) {
	f, err := loadgen.NewFixtures(loadFixtures(b), loadgen.FixturesConfig{Kind: loadgen.Amplitude, Devices: true})
	if err != nil {
		b.Fatal(err)
	}
	send := loadgen.Send{}
	for i := range 1000 {
		send.Events = append(send.Events, loadgen.Event{Number: uint64(i), Payload: int32(i % len(f.Payloads)), Device: int32(i)})
	}
	var body []byte
	b.ReportAllocs()
	for b.Loop() {
		body = f.Append(body[:0], &send, time.Unix(1767323047, 0))
	}
	b.SetBytes(int64(len(body)))
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "events/s")
}
