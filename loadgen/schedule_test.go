package loadgen_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// play runs through a schedule and copies its sends.
func play(s *loadgen.Schedule) []loadgen.Send {
	var all []loadgen.Send
	var send loadgen.Send
	for next := s.Start(); next(&send); {
		all = append(all, loadgen.Send{Seq: send.Seq, At: send.At, Events: slices.Clone(send.Events)})
	}
	return all
}

func TestPlan_Schedule(t *testing.T) {
	t.Parallel()
	s, err := loadgen.Plan{
		Phases: []loadgen.Phase{
			{Pace: pace.Constant{PerSecond: 5}, For: time.Second},
			{Pace: pace.Constant{PerSecond: 2}, For: time.Second},
		},
		Batch: 2,
		Mix:   loadgen.Rounds{Payloads: 1},
	}.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	if s.Sends != 4 || s.Events != 7 || s.Duration != 2*time.Second {
		t.Errorf("totals = %d sends, %d events in %v; want 4, 7 in 2s", s.Sends, s.Events, s.Duration)
	}
	type row struct {
		At      time.Duration
		Numbers []uint64
	}
	want := []row{{0, []uint64{0, 1}}, {400 * time.Millisecond, []uint64{2, 3}}, {800 * time.Millisecond, []uint64{4}}, {time.Second, []uint64{5, 6}}}
	var got []row
	for _, send := range play(s) {
		r := row{At: send.At}
		for _, e := range send.Events {
			r.Numbers = append(r.Numbers, e.Number)
		}
		got = append(got, r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sends (-want +got):\n%s", diff)
	}
	next := s.Start()
	var send loadgen.Send
	for next(&send) {
	}
	if next(&send) {
		t.Error("a cursor at its end gives another send")
	}
}

func TestPlan_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := loadgen.Plan{
			Batch: rapid.IntRange(1, 7).Draw(t, "batch"),
			Mix: loadgen.Rounds{
				Seed:     rapid.Uint64().Draw(t, "seed"),
				Payloads: rapid.IntRange(1, 20).Draw(t, "payloads"),
				Devices:  rapid.IntRange(0, 5).Draw(t, "devices"),
			},
		}
		for range rapid.IntRange(1, 4).Draw(t, "phases") {
			rate := rapid.Float64Range(0.1, 300)
			span := time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond
			var p pace.Pace = pace.Constant{PerSecond: rate.Draw(t, "rate")}
			if rapid.Bool().Draw(t, "ramp") {
				p = pace.Ramp{From: rate.Draw(t, "from"), To: rate.Draw(t, "to"), Over: span}
			}
			plan.Phases = append(plan.Phases, loadgen.Phase{Pace: p, For: span})
		}
		s, err := plan.Schedule()
		if err != nil {
			t.Fatal(err)
		}
		sends := play(s)
		if diff := cmp.Diff(sends, play(s)); diff != "" {
			t.Fatalf("two runs through one schedule differ:\n%s", diff)
		}
		var events uint64
		var last time.Duration
		seen := map[int32]int{}
		for i, send := range sends {
			if send.Seq != uint64(i) || send.At < last || send.At >= s.Duration {
				t.Fatalf("send %d: seq %d due at %v after one due at %v, plan ends at %v", i, send.Seq, send.At, last, s.Duration)
			}
			last = send.At
			if n := len(send.Events); n < 1 || n > plan.Batch {
				t.Fatalf("send %d has %d events, batch is %d", i, n, plan.Batch)
			}
			for _, e := range send.Events {
				if e.Number != events {
					t.Fatalf("event %d has number %d", events, e.Number)
				}
				events++
				seen[e.Payload]++
			}
		}
		if events != s.Events || uint64(len(sends)) != s.Sends {
			t.Fatalf("%d events in %d sends, schedule says %d in %d", events, len(sends), s.Events, s.Sends)
		}
		// Rounds: no payload is more than one round ahead of another.
		payloads := plan.Mix.(loadgen.Rounds).Payloads
		for p := range payloads {
			if n := uint64(seen[int32(p)]); n != events/uint64(payloads) && n != events/uint64(payloads)+1 {
				t.Fatalf("payload %d of %d came %d times in %d events", p, payloads, n, events)
			}
		}
	})
}

func TestPlan_ScheduleRefuses(t *testing.T) {
	t.Parallel()
	good := loadgen.Phase{Pace: pace.Constant{PerSecond: 1}, For: time.Second}
	for name, p := range map[string]loadgen.Plan{
		"no phase":    {Mix: loadgen.Rounds{Payloads: 1}},
		"no mix":      {Phases: []loadgen.Phase{good}},
		"no time":     {Phases: []loadgen.Phase{{Pace: good.Pace}}, Mix: loadgen.Rounds{Payloads: 1}},
		"no pace":     {Phases: []loadgen.Phase{{For: time.Second}}, Mix: loadgen.Rounds{Payloads: 1}},
		"bad pace":    {Phases: []loadgen.Phase{{Pace: pace.Constant{}, For: time.Second}}, Mix: loadgen.Rounds{Payloads: 1}},
		"batch below": {Phases: []loadgen.Phase{good}, Mix: loadgen.Rounds{Payloads: 1}, Batch: -1},
	} {
		if _, err := p.Schedule(); err == nil {
			t.Errorf("%s: Schedule accepts it", name)
		}
	}
}

func constant(rate float64) pace.Pace { return pace.Constant{PerSecond: rate} }

// oneHot is a mix in which every other event is of device 0, which is hot.
type oneHot struct{ payload int32 }

func (m oneHot) Start() func(*loadgen.Event, loadgen.Due) {
	return func(e *loadgen.Event, _ loadgen.Due) {
		e.Payload = m.payload
		if e.Hot = e.Number%2 == 0; !e.Hot {
			e.Device = int32(e.Number)
		} else {
			e.Device = 0
		}
	}
}
