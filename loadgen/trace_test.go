package loadgen_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
)

// recorded is out of order; b was sent twice, and late.
func recorded() []loadgen.Traced {
	at := func(ms int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(ms)) }
	event := func(ms int, id, device string, own time.Time) loadgen.Traced {
		return loadgen.Traced{
			At: at(ms), Time: own, ID: id, Type: "T", Device: device, Delivers: true,
			Body: json.RawMessage(fmt.Sprintf(`{"event_type":"T","id":%q,"time":1,"user":{"device_id":%q}}`, id, device)),
		}
	}
	return []loadgen.Traced{
		event(400, "c", "d1", at(0)), event(0, "a", "d1", at(0)), event(100, "b", "d2", at(-3_600_000)), event(300, "b", "d2", at(-3_600_000)),
	}
}

// plays writes down a schedule: number, device and time of each event.
func plays(s *loadgen.Schedule) (all []string) {
	var send loadgen.Send
	for next := s.Start(); next(&send); {
		for _, e := range send.Events {
			all = append(all, fmt.Sprintf("%d %v: %d of device %d, %v", send.Seq, send.At, e.Number, e.Device, e.Skew))
		}
	}
	return all
}

// The counts of a schedule are those of playing it, for whatever speed and length.
func TestTrace_ScheduleCounts(t *testing.T) {
	t.Parallel()
	trace, err := loadgen.NewTrace(loadgen.Exporter, "", loadgen.Identities{}, recorded())
	if err != nil {
		t.Fatal(err)
	}
	for _, speed := range []float64{0.5, 1, 3, 100, 1e5, 1e6} {
		for _, length := range []time.Duration{0, 1, 999, time.Microsecond, 7 * time.Microsecond, time.Millisecond, 12_345_678} {
			for _, batch := range []int{1, 2, 10} {
				s, err := trace.Schedule(speed, length, batch)
				if err != nil {
					t.Fatal(err)
				}
				if length > time.Microsecond && speed == 1e6 && s.Events > 1_000_000 {
					continue
				}
				var sends, events uint64
				var send loadgen.Send
				for next := s.Start(); next(&send); {
					sends++
					events += uint64(len(send.Events))
				}
				if s.Sends != sends || s.Events != events {
					t.Errorf("speed %v for %v by %d: %d requests and %d events, played %d and %d", speed, length, batch, s.Sends, s.Events, sends, events)
				}
			}
		}
	}
	// Ten billion requests are counted without playing them.
	s, err := trace.Schedule(1e6, 1000*time.Hour, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s.Events < 1e10 {
		t.Errorf("%d events in 1000 hours", s.Events)
	}
}

func TestTrace_LongestGap(t *testing.T) {
	t.Parallel()
	trace, err := loadgen.NewTrace(loadgen.Exporter, "", loadgen.Identities{}, recorded())
	if err != nil {
		t.Fatal(err)
	}
	gap, after := trace.LongestGap()
	if gap != 200*time.Millisecond || after.UnixMilli() != 1_700_000_000_100 {
		t.Errorf("the longest gap is %v after %v", gap, after)
	}
}

// A stamp in milliseconds that is read as seconds is further off than a time.Duration reaches.
func TestNewTrace_farOff(t *testing.T) {
	t.Parallel()
	events := recorded()
	events[len(events)-1].At = time.Unix(1_700_000_000_000, 0)
	_, err := loadgen.NewTrace(loadgen.Exporter, "", loadgen.Identities{}, events)
	if err == nil || !strings.Contains(err.Error(), "days pass without an event, after that of 2023-11-14T22:13:20Z: correct the times there") {
		t.Errorf("NewTrace = %v, want where the times are wrong", err)
	}
}

func TestTrace_Schedule(t *testing.T) {
	t.Parallel()
	trace, err := loadgen.NewTrace(loadgen.Exporter, "", loadgen.Identities{}, recorded())
	if err != nil {
		t.Fatal(err)
	}
	if trace.Reordered != 1 || trace.Devices() != 2 || trace.DeviceID(1) != "d2" {
		t.Errorf("%d reordered, %d devices, want 1 and 2", trace.Reordered, trace.Devices())
	}
	for _, tc := range []struct {
		speed  float64
		length time.Duration
		want   []string
	}{
		{1, 0, []string{
			"0 0s: 0 of device 0, 0s", "1 100ms: 1 of device 1, -1h0m0.1s", "2 300ms: 1 of device 1, -1h0m0.3s", "3 400ms: 2 of device 0, 0s",
		}},
		// Twice as fast and over and over: a round is 400 ms and a gap of 100 ms.
		{2, 420 * time.Millisecond, []string{
			"0 0s: 0 of device 0, 0s", "1 50ms: 1 of device 1, -1h0m0.1s", "2 150ms: 1 of device 1, -1h0m0.3s", "3 200ms: 2 of device 0, 0s",
			"4 250ms: 3 of device 0, 0s", "5 300ms: 4 of device 1, -1h0m0.1s", "6 400ms: 4 of device 1, -1h0m0.3s",
		}},
	} {
		s, err := trace.Schedule(tc.speed, tc.length, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, plays(s)); diff != "" {
			t.Errorf("speed %v for %v (-want +got):\n%s", tc.speed, tc.length, diff)
		}
		if s.Events != uint64(len(tc.want)) {
			t.Errorf("Events = %d, want %d", s.Events, len(tc.want))
		}
	}
	for _, speed := range []float64{0, -1, 1e9} {
		if _, err := trace.Schedule(speed, 0, 1); err == nil {
			t.Errorf("speed %v is no error", speed)
		}
	}
}

func TestTrace_Append(t *testing.T) {
	t.Parallel()
	ids := loadgen.Identities{Seed: 3}
	trace, err := loadgen.NewTrace(loadgen.Exporter, "", ids, recorded())
	if err != nil {
		t.Fatal(err)
	}
	// Event 4 is b of the second round.
	send := loadgen.Send{At: time.Second, Events: []loadgen.Event{{Number: 4, Skew: -time.Hour}}}
	got := trace.Append(nil, &send, time.Unix(1_800_000_000, 0))
	want := fmt.Sprintf(`{"events":[{"event_type":"T","id":%q,"time":1799996401,"user":{"device_id":"d2"}}]}`, ids.EventID(4))
	if string(got) != want {
		t.Errorf("Append = %s\nwant     %s", got, want)
	}
}

// Events of one id are one event only if they are of one type: Braze's samples have the same
// id in all types.
func TestTrace_sameIDOtherType(t *testing.T) {
	t.Parallel()
	events := []loadgen.Traced{
		{At: time.Unix(1, 0), ID: "a", Type: "T", Body: json.RawMessage(`{"event_type":"T","id":"a"}`)},
		{At: time.Unix(2, 0), ID: "a", Type: "U", Body: json.RawMessage(`{"event_type":"U","id":"a"}`)},
	}
	trace, err := loadgen.NewTrace(loadgen.Exporter, "", loadgen.Identities{}, events)
	if err != nil {
		t.Fatal(err)
	}
	s, err := trace.Schedule(1, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	var send loadgen.Send
	var bodies []string
	for next := s.Start(); next(&send); {
		bodies = append(bodies, string(trace.Append(nil, &send, time.Unix(0, 0))))
	}
	if len(bodies) != 2 || !strings.Contains(bodies[0], `"T"`) || !strings.Contains(bodies[1], `"U"`) {
		t.Errorf("bodies %q, want one of each type", bodies)
	}
}
