package scenario_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

var loadOnce = sync.OnceValues(fixtures.Load)

// failer is what tests and property tests have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// compiled compiles a scenario and returns its payloads, too.
func compiled(t failer, s *scenario.Scenario) (*scenario.Compiled, []loadgen.Payload) {
	t.Helper()
	set, err := loadOnce()
	if err != nil {
		t.Fatalf("%v", err)
	}
	payloads, err := payloadsOf(set, s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	c, err := s.Compile(set, payloads)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return c, payloads
}

// plain are the payloads of scenarios without defects, which take a while to make.
var plain = sync.OnceValues(func() ([]loadgen.Payload, error) {
	set, err := loadOnce()
	if err != nil {
		return nil, err
	}
	events, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{Kind: loadgen.Exporter, Devices: true})
	if err != nil {
		return nil, err
	}
	return events.Payloads, nil
})

func payloadsOf(set *fixtures.Set, s *scenario.Scenario) ([]loadgen.Payload, error) {
	cfg := s.Fixtures("key", loadgen.Identities{})
	if cfg.Kind == loadgen.Exporter && len(cfg.Defects) == 0 {
		return plain()
	}
	events, err := loadgen.NewFixtures(set, cfg)
	if err != nil {
		return nil, err
	}
	return events.Payloads, nil
}

func parse(t failer, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse("test.yaml", []byte(head+text))
	if err != nil {
		t.Fatalf("Parse of\n%s: %v", text, err)
	}
	return s
}

// sends plays a schedule without sending.
func sends(s *loadgen.Schedule) (all []loadgen.Send) {
	for next, send := s.Start(), (loadgen.Send{}); next(&send); {
		copied := send
		copied.Events = append([]loadgen.Event(nil), send.Events...)
		all = append(all, copied)
	}
	return all
}

// difference is the first send that is not the same, -1 if all are.
func difference(a, b []loadgen.Send) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i].Seq != b[i].Seq || a[i].At != b[i].At || !slices.Equal(a[i].Events, b[i].Events) {
			return i
		}
	}
	return -1
}

// drawn is a scenario drawn at random, and what it must come to.
type drawn struct {
	*scenario.Scenario
	phases []float64 // events of each phase, not rounded
}

func scenarios() *rapid.Generator[drawn] {
	return rapid.Custom(func(t *rapid.T) drawn {
		var d drawn
		var phases strings.Builder
		hotRate := rapid.Float64Range(1, 60).Draw(t, "hot rate")
		hot := rapid.IntRange(0, 3).Draw(t, "hot")
		for i := range rapid.IntRange(1, 4).Draw(t, "phases") {
			seconds := float64(rapid.IntRange(1, 60).Draw(t, "tenths")) / 10
			rate := float64(rapid.IntRange(1, 300).Draw(t, "rate"))
			events := rate * seconds
			pace := fmt.Sprintf("rate: %v", rate)
			switch rapid.IntRange(0, 3).Draw(t, "pace") {
			case 1: // as much, rising from nothing to twice
				pace = fmt.Sprintf("ramp: {from: 0, to: %v}", 2*rate)
			case 2: // a whole period has its mean
				pace = fmt.Sprintf("sine: {mean: %v, swing: %v, period: %vs}", rate, rate/2, seconds)
			case 3:
				pace = fmt.Sprintf("burst: {peak: %v, every: %vs, length: %vs}", rate*2, seconds, seconds/2)
			}
			fmt.Fprintf(&phases, "  - {name: p%d, for: %vs, %s}\n", i, seconds, pace)
			d.phases = append(d.phases, events+float64(hot)*hotRate*seconds)
		}
		text := "phases:\n" + phases.String()
		text += fmt.Sprintf("seed: %d\nbatch: %d\n", rapid.Uint64Range(0, 1<<40).Draw(t, "seed"), rapid.IntRange(1, 20).Draw(t, "batch"))
		text += fmt.Sprintf("devices:\n  count: %d\n  zipf: %v\n  new_per_second: %d\n",
			rapid.IntRange(1, 500).Draw(t, "devices"), rapid.Float64Range(0, 2).Draw(t, "zipf"), rapid.IntRange(0, 50).Draw(t, "new"))
		if hot > 0 {
			text += fmt.Sprintf("  hot: [{count: %d, rate: %v}]\n", hot, hotRate)
		}
		d.Scenario = parse(t, text)
		return d
	})
}

// The number of events in each phase is the integral of its rate, every send is
// due inside its phase and after the one before, and numbers count the events.
func TestCompile_rates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := scenarios().Draw(t, "scenario")
		c, _ := compiled(t, d.Scenario)
		got := make([]float64, len(d.phases))
		var events, seq, number uint64
		last := time.Duration(-1)
		for _, send := range sends(c.Schedule) {
			phase := 0
			for send.At >= c.Windows[phase].End {
				phase++
			}
			got[phase] += float64(len(send.Events))
			if send.At < last || send.Seq != seq || len(send.Events) == 0 || len(send.Events) > d.Batch {
				t.Fatalf("send %d at %v with %d events follows one at %v; batch is %d", send.Seq, send.At, len(send.Events), last, d.Batch)
			}
			for _, e := range send.Events {
				if e.Number != number || e.Device < 0 || int(e.Device) >= c.Devices {
					t.Fatalf("event %+v, want number %d and a device below %d", e, number, c.Devices)
				}
				number++
			}
			last, seq, events = send.At, seq+1, events+uint64(len(send.Events))
		}
		// One event is due at the start of a phase, and a hot device is up to one
		// event early or late.
		tolerance := 2 + 2*float64(len(d.Devices.Hot)*3)
		for i := range got {
			if math.Abs(got[i]-d.phases[i]) > tolerance {
				t.Errorf("phase %d has %v events, want %v within %v", i, got[i], d.phases[i], tolerance)
			}
		}
		if events != c.Schedule.Events || events != c.Planned.Events || seq != c.Schedule.Sends {
			t.Errorf("%d events in %d sends; the schedule says %d in %d, planned are %d", events, seq, c.Schedule.Events, c.Schedule.Sends, c.Planned.Events)
		}
	})
}

func TestCompile_sameSeedSameEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := scenarios().Draw(t, "scenario")
		first, _ := compiled(t, d.Scenario)
		second, _ := compiled(t, d.Scenario)
		all := sends(first.Schedule)
		if at := difference(all, sends(first.Schedule)); at >= 0 {
			t.Fatalf("two cursors of a schedule differ from send %d on", at)
		}
		if at := difference(all, sends(second.Schedule)); at >= 0 {
			t.Fatalf("compiled twice: differs from send %d on", at)
		}
		d.Seed++
		other, _ := compiled(t, d.Scenario)
		if len(all) > 20 && d.Devices.Count > 1 && difference(all, sends(other.Schedule)) < 0 {
			t.Fatal("another seed gives the same events")
		}
	})
}

// Shares come out as written, within what chance allows for the number of events.
func TestCompile_shares(t *testing.T) {
	t.Parallel()
	s := parse(t, `phases: [{for: 20s, rate: 1000}]
devices: {count: 100, hot: [{count: 2, share: 0.2}, {share: 0.1}]}
ids: {identified: 0.6, anonymous: 0.3, unaddressable: 0.1}
late: {share: 0.25, by: 1h}
duplicates: 0.05
malformed: 0.1
types: {users.messages.email.Open: 3, users.behaviors.CustomEvent: 1}
`)
	c, payloads := compiled(t, s)
	p := c.Planned
	const events, other = 20000, 14000.0
	if p.Events != events {
		t.Fatalf("%d events, want %d", p.Events, events)
	}
	byType := map[string]float64{}
	anonymous, devices := 0.0, map[int32]float64{}
	for _, send := range sends(c.Schedule) {
		e := send.Events[0]
		payload := payloads[e.Payload]
		if e.Hot {
			devices[e.Device]++
			continue
		}
		if payload.Defect == loadgen.None {
			byType[payload.Type]++
			if payload.Delivers && payload.Device && !payload.User {
				anonymous++
			}
		}
		if e.Skew < -time.Hour || e.Skew > 0 {
			t.Fatalf("event %+v is late by more than an hour or early", e)
		}
	}
	valid := other * 0.9
	for _, tt := range []struct {
		what      string
		got, want float64
	}{
		{"hot of the first group", devices[100] + devices[101], events * 0.2},
		{"one of them", devices[100], events * 0.1},
		{"hot of the second group", devices[102], events * 0.1},
		{"duplicates", float64(p.Duplicates), other * 0.05},
		{"malformed", float64(p.Malformed), other * 0.1},
		{"late", float64(p.Late), other * 0.95 * 0.25},
		{"anonymous", anonymous, valid * 0.3},
		{"unaddressable", float64(p.Unaddressable), valid * 0.1},
	} {
		// Five standard deviations of a binomial.
		if chance := 5 * math.Sqrt(tt.want); math.Abs(tt.got-tt.want) > chance {
			t.Errorf("%s: %v events, want %v within %.0f", tt.what, tt.got, tt.want, chance)
		}
	}
	if ratio := byType["users.messages.email.Open"] / byType["users.behaviors.CustomEvent"]; ratio < 2.7 || ratio > 3.3 || len(byType) != 2 {
		t.Errorf("types %v, want opens and custom events at 3 to 1", byType)
	}
}

// A duplicate is the same event in all, its own time included.
func TestCompile_duplicates(t *testing.T) {
	t.Parallel()
	s := parse(t, "phases: [{for: 5s, rate: 500}]\nduplicates: 0.2\nlate: {share: 0.5, by: 1m}\nbatch: 3\n")
	c, _ := compiled(t, s)
	type event struct {
		payload, device int32
		when            time.Duration
	}
	seen := map[uint64]event{}
	again := 0
	for _, send := range sends(c.Schedule) {
		for _, e := range send.Events {
			this := event{e.Payload, e.Device, send.At + e.Skew}
			first, known := seen[e.Number]
			if !known {
				seen[e.Number] = this
				continue
			}
			again++
			if this != first {
				t.Errorf("event %d is %+v the first time and %+v the second", e.Number, first, this)
			}
		}
	}
	if again < 350 || uint64(again) != c.Planned.Duplicates {
		t.Errorf("%d duplicates, planned %d, want about 500", again, c.Planned.Duplicates)
	}
}

// Every type of the fixtures that an exporter sends on turns up by default.
func TestCompile_allTypes(t *testing.T) {
	t.Parallel()
	c, payloads := compiled(t, parse(t, "phases: [{for: 10s, rate: 500}]\n"))
	want, got := map[string]bool{}, map[string]bool{}
	for _, p := range payloads {
		if p.Delivers {
			want[p.Type] = true
		}
	}
	for _, send := range sends(c.Schedule) {
		got[payloads[send.Events[0].Payload].Type] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 62 {
		t.Errorf("types: %s", diff)
	}
}

// The first device is 2^zipf times as busy as the second; new devices join.
func TestCompile_population(t *testing.T) {
	t.Parallel()
	c, _ := compiled(t, parse(t, "phases: [{for: 10s, rate: 2000}]\ndevices: {count: 50, zipf: 1, new_per_second: 20}\n"))
	count := map[int32]float64{}
	for _, send := range sends(c.Schedule) {
		device := send.Events[0].Device
		count[device]++
		if there := 50 + 20*send.At.Seconds(); float64(device) >= there {
			t.Fatalf("device %d at %v, when there are %.0f", device, send.At, there)
		}
	}
	if ratio := count[0] / count[1]; ratio < 1.8 || ratio > 2.2 {
		t.Errorf("the first device has %v times the events of the second, want 2", ratio)
	}
	if late := count[200] + count[201] + count[202] + count[203] + count[204]; late == 0 || c.Devices != 250 {
		t.Errorf("%v events of devices that joined late, %d devices; want some, and 250", late, c.Devices)
	}
}

func TestCompile_silenceAndHotDevices(t *testing.T) {
	t.Parallel()
	c, _ := compiled(t, parse(t, `phases:
  - {name: calm, for: 1s, rate: 100}
  - {name: silent, for: 1s}
  - {name: flood, for: 2s, rate: 100}
devices: {count: 10, hot: [{count: 2, rate: 45, phases: [flood]}]}
`))
	hot := map[int32]int{}
	for _, send := range sends(c.Schedule) {
		e := send.Events[0]
		if second := send.At / time.Second; second == 1 || e.Hot && second < 2 {
			t.Fatalf("event %+v at %v", e, send.At)
		}
		if e.Hot {
			hot[e.Device]++
		}
	}
	if diff := cmp.Diff(map[int32]int{10: 90, 11: 90}, hot); diff != "" {
		t.Errorf("events of hot devices: %s", diff)
	}
	want := []scenario.Window{
		{End: time.Second},
		{Start: time.Second, End: 2 * time.Second},
		{Start: 2 * time.Second, End: 4 * time.Second, Hot: true},
	}
	if diff := cmp.Diff(want, c.Windows); diff != "" {
		t.Errorf("windows: %s", diff)
	}
}

func TestCompile_nothingToChoose(t *testing.T) {
	t.Parallel()
	set, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"phases: [{for: 1s, rate: 10}]\ntypes: {users.messages.email.Open: 0}\n",
		"phases: [{for: 1s, rate: 10}]\ntypes: {users.RandomBucketNumberUpdate: 1}\n",
		"phases: [{for: 1s}]\n",
	} {
		s := parse(t, text)
		events, err := loadgen.NewFixtures(set, s.Fixtures("key", loadgen.Identities{}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Compile(set, events.Payloads); err == nil {
			t.Errorf("Compile of\n%s: no error", text)
		}
	}
}
