package pace_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/loadgen/pace"
)

func TestPace_Due(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, tt := range []struct {
		name string
		pace pace.Pace
		n    float64
		want time.Duration
	}{
		{"first event of a constant rate", pace.Constant{PerSecond: 100}, 0, 0},
		{"hundredth event at 100/s", pace.Constant{PerSecond: 100}, 100, s},
		{"ramp 0 to 10 over 10 s holds 50 events", pace.Ramp{From: 0, To: 10, Over: 10 * s}, 50, 10 * s},
		{"half the way of that ramp holds 12.5", pace.Ramp{From: 0, To: 10, Over: 10 * s}, 12.5, 5 * s},
		{"after the ramp its last rate holds", pace.Ramp{From: 0, To: 10, Over: 10 * s}, 60, 11 * s},
		{"ramp down to 0 ends", pace.Ramp{From: 10, To: 0, Over: 10 * s}, 50.5, pace.Never},
		{"whole period of a sine is its mean", pace.Sine{Mean: 10, Swing: 10, Period: 10 * s}, 100, 10 * s},
		{"burst of 100/s for 1 s, then 10/s", pace.Burst{Base: 10, Peak: 100, Every: 10 * s, Length: s}, 110, 2 * s},
		{"second burst", pace.Burst{Base: 10, Peak: 100, Every: 10 * s, Length: s}, 290, 11 * s},
		{"silence between bursts", pace.Burst{Peak: 100, Every: 10 * s, Length: s}, 101, 10*s + 10*time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.pace.Due(tt.n)
			if off := got - tt.want; off < -time.Microsecond || off > time.Microsecond {
				t.Errorf("%+v.Due(%v) = %v, want %v", tt.pace, tt.n, got, tt.want)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		pace pace.Pace
		d    time.Duration
		want uint64
	}{
		{"100/s for 10 s", pace.Constant{PerSecond: 100}, 10 * time.Second, 1000},
		{"0.1/s for 100 s is ten, not eleven", pace.Constant{PerSecond: 0.1}, 100 * time.Second, 10},
		{"an event at once although the second is late", pace.Constant{PerSecond: 0.01}, time.Second, 1},
		{"nothing in no time", pace.Constant{PerSecond: 100}, 0, 0},
	} {
		if got := pace.Events(tt.pace, tt.d); got != tt.want {
			t.Errorf("%s: Events = %d, want %d", tt.name, got, tt.want)
		}
	}
}

// paces draws any valid pace.
func paces() *rapid.Generator[pace.Pace] {
	rate := rapid.Float64Range(0.5, 5000)
	length := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Minute)).Draw(t, "length"))
	})
	return rapid.Custom(func(t *rapid.T) pace.Pace {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return pace.Constant{PerSecond: rate.Draw(t, "rate")}
		case 1:
			return pace.Ramp{From: rate.Draw(t, "from"), To: rate.Draw(t, "to"), Over: length.Draw(t, "over")}
		case 2:
			mean := rate.Draw(t, "mean")
			return pace.Sine{Mean: mean, Swing: mean * rapid.Float64Range(0, 1).Draw(t, "swing"), Period: length.Draw(t, "period")}
		default:
			every := length.Draw(t, "every")
			return pace.Burst{
				Base: rapid.Float64Range(0, 100).Draw(t, "base"), Peak: rate.Draw(t, "peak"),
				Every: every, Length: time.Duration(float64(every) * rapid.Float64Range(0.01, 1).Draw(t, "share")),
			}
		}
	})
}

// The count is the integral of the rate: compared with a sum of thin slices.
func TestPace_CountIsIntegralOfRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := paces().Draw(t, "pace")
		end := time.Duration(rapid.Int64Range(0, int64(2*time.Minute)).Draw(t, "end"))
		const slices = 20000
		slice := float64(end) / slices
		var sum, highest float64
		for i := range slices {
			r := p.Rate(time.Duration((float64(i) + 0.5) * slice))
			sum += r * slice / 1e9
			highest = math.Max(highest, r)
		}
		// A jump of the rate is placed at most one slice wrong, once per edge.
		edges := 2.0
		if b, ok := p.(pace.Burst); ok {
			edges += 2 * end.Seconds() / b.Every.Seconds()
		}
		if got, tolerance := p.Count(end), 1e-6*sum+edges*highest*slice/1e9+1e-6; math.Abs(got-sum) > tolerance {
			t.Fatalf("%+v.Count(%v) = %v, sum of slices %v, tolerance %v", p, end, got, sum, tolerance)
		}
	})
}

func TestPace_DueIsInverseOfCountAndMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := paces().Draw(t, "pace")
		n := rapid.Float64Range(0, 1e5).Draw(t, "n")
		step := rapid.Float64Range(0, 10).Draw(t, "step")
		due, next := p.Due(n), p.Due(n+step)
		if next < due {
			t.Fatalf("%+v: Due(%v) = %v, Due(%v) = %v: goes back", p, n, due, n+step, next)
		}
		if due == pace.Never {
			return
		}
		// A nanosecond holds rate/1e9 events.
		if got := p.Count(due); math.Abs(got-n) > 1e-4+1e-9*n {
			t.Fatalf("%+v: Count(Due(%v) = %v) = %v", p, n, due, got)
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"no rate":               pace.Constant{}.Validate(),
		"rate is not a number":  pace.Constant{PerSecond: math.NaN()}.Validate(),
		"ramp nowhere":          pace.Ramp{Over: time.Second}.Validate(),
		"ramp at once":          pace.Ramp{From: 1, To: 2}.Validate(),
		"sine below zero":       pace.Sine{Mean: 1, Swing: 2, Period: time.Second}.Validate(),
		"burst beyond a period": pace.Burst{Peak: 1, Every: time.Second, Length: time.Minute}.Validate(),
	} {
		if err == nil {
			t.Errorf("%s: Validate accepts it", name)
		}
	}
	if err := (pace.Sine{Mean: 1, Swing: 1, Period: time.Second}).Validate(); err != nil {
		t.Errorf("sine touching zero: %v", err)
	}
}
