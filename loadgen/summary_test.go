package loadgen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestSummary_Validate(t *testing.T) {
	t.Parallel()
	good := func() loadgen.Summary {
		return loadgen.Summary{
			Format:   "ammeter-loadgen-summary/2",
			Verdict:  "valid",
			Sends:    loadgen.Sends{Due: 3, Answered: 1, Failed: 1, Dropped: 1},
			Events:   loadgen.Outcomes{Due: 6, Accepted: 1, Throttled: 1, Rejected: 1, Neighbors: 1, Failed: 1, Dropped: 1},
			Statuses: map[string]uint64{"200": 1},
			Types:    map[string]uint64{"a": 4, "b": 2},
			Series:   loadgen.Series{Offered: []uint64{5, 1}},
		}
	}
	s := good()
	if err := s.Validate(); err != nil {
		t.Fatalf("good summary: %v", err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(*loadgen.Summary)
		want  string
	}{
		{"format", func(s *loadgen.Summary) { s.Format = "ammeter-loadgen-summary/9" }, "ammeter-loadgen-summary/9"},
		{"request lost", func(s *loadgen.Summary) { s.Sends.Due = 4 }, "4 requests were due, 3 are accounted for"},
		{"event lost", func(s *loadgen.Summary) { s.Events.Accepted = 0 }, "6 events were due, 5 are accounted for"},
		{"status missing", func(s *loadgen.Summary) { s.Statuses = nil }, "1 requests were answered, 0 have a status"},
		{"verdict", func(s *loadgen.Summary) { s.Verdict = "fine" }, `verdict "fine"`},
		{"quantiles", func(s *loadgen.Summary) { s.Latency.Service.P50 = 1 }, "from_send go down"},
		{"types", func(s *loadgen.Summary) { s.Types["a"] = 3 }, "5 have a type"},
		{"series", func(s *loadgen.Summary) { s.Series.Offered = nil }, "the series has 0"},
	} {
		s := good()
		tt.spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Validate = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// Every type, straight to the simulator: all of it arrives, once.
func TestGenerator_RunSimulator(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	ids := loadgen.Identities{Seed: 1}
	events, err := loadgen.NewFixtures(loadFixtures(t), loadgen.FixturesConfig{
		Kind: loadgen.Amplitude, APIKey: sim.Key, Identities: ids, Devices: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := loadgen.New(loadgen.Config{Target: target(t, loadgen.Amplitude, sim.URL), Encoder: events, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: constant(2000), For: time.Second}}, Batch: 50,
		Mix: loadgen.Rounds{Seed: 1, Payloads: len(events.Payloads), Devices: 500},
	}.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	r := g.Run(t.Context(), s)
	if want := (loadgen.Outcomes{Due: 2000, Accepted: 2000}); r.Outcomes != want {
		t.Fatalf("Outcomes = %+v, statuses %v; want all accepted", r.Outcomes, r.Statuses)
	}
	d := delivery(t, sim, s, r, ids)
	// Acceptance comes after the send was due and before its answer was read.
	if d.All.Count != 2000 || !d.Complete || d.All.Min < 0 || d.All.Max > float64(r.Intended.Max())/1000+1 || d.Hot != nil {
		t.Errorf("Delivery = %+v, want 2000 events within %d us", d, r.Intended.Max())
	}
	var accepted uint64
	for _, n := range d.Accepted {
		accepted += n
	}
	if accepted != 2000 || len(d.Throttled) != 0 {
		t.Errorf("over time %v were accepted, %v throttled; want 2000 and none", d.Accepted, d.Throttled)
	}
	summary := r.Summary(loadgen.SummaryConfig{
		MaxLate: 1, TypeOf: func(p int) string { return events.Payloads[p].Type }, DeviceID: ids.Device,
	})
	if err := summary.Validate(); err != nil {
		t.Error(err)
	}
	if len(summary.Types) != 100 || len(summary.Devices) != 48 {
		t.Errorf("summary has %d types and %d devices, want 100 and 48", len(summary.Types), len(summary.Devices))
	}
}

// delivery reads the journal of a run.
func delivery(t *testing.T, sim *simtest.Server, s *loadgen.Schedule, r *loadgen.Result, ids loadgen.Identities) *loadgen.Delivery {
	t.Helper()
	var due []time.Duration
	hot := map[uint64]bool{}
	var send loadgen.Send
	for next := s.Start(); next(&send); {
		for _, e := range send.Events {
			due = append(due, send.At)
			hot[e.Number] = e.Hot
		}
	}
	recorder := r.DeliveryRecorder()
	q := control.Query{APIKey: sim.Key, Limit: 1000}
	for {
		page, err := sim.Control.Events(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			if n, ours := ids.EventNumber(page[i].InsertID); ours {
				recorder.Answered(&page[i], due[n], hot[n])
			}
		}
		if len(page) < q.Limit {
			return recorder.Delivery(true)
		}
		q.After = page[len(page)-1].Seq
	}
}

// A device above its limit: the answers are read, and the device is found.
func TestGenerator_RunThrottled(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.Strict())
	events, err := loadgen.NewFixtures(loadFixtures(t), loadgen.FixturesConfig{
		Kind: loadgen.Amplitude, APIKey: sim.Key, Devices: true, Types: []string{"users.messages.email.Open"},
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := loadgen.New(loadgen.Config{Target: target(t, loadgen.Amplitude, sim.URL), Encoder: events, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	identified := int32(-1)
	for i, p := range events.Payloads {
		if p.Case == "identified" {
			identified = int32(i)
		}
	}
	s, err := loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: constant(200), For: time.Second}}, Batch: 2, Mix: oneHot{identified},
	}.Schedule()
	if err != nil {
		t.Fatal(err)
	}
	r := g.Run(t.Context(), s)
	// Half of 200 events are of the hot device. The strict limit is 30 in a second
	// of the clock, of which the run can touch more than one.
	if r.Outcomes.Throttled < 10 || r.Outcomes.Throttled != r.Outcomes.Neighbors || r.Outcomes.Accepted+2*r.Outcomes.Throttled != 200 {
		t.Errorf("Outcomes = %+v, want most of the hot 100 throttled, with as many neighbors", r.Outcomes)
	}
	d := delivery(t, sim, s, r, loadgen.Identities{})
	var throttled uint64
	for _, n := range d.Throttled {
		throttled += n
	}
	if throttled != r.Outcomes.Throttled {
		t.Errorf("the journal has %d throttled events, the answers name %d", throttled, r.Outcomes.Throttled)
	}
	summary := r.Summary(loadgen.SummaryConfig{DeviceID: loadgen.Identities{}.Device})
	if len(summary.Devices) == 0 || !summary.Devices[0].Hot || summary.Devices[0].Peak != 100 || summary.Devices[0].Throttled != r.Outcomes.Throttled {
		t.Errorf("busiest device = %+v, want the hot one with 100 events", summary.Devices[:1])
	}
	if summary.Latency.Hot == nil || summary.Latency.Hot.Count != 100 || summary.Latency.Other.Count != 100 {
		t.Errorf("latencies by class = %+v", summary.Latency)
	}
}
