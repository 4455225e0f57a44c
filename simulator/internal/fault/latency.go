package fault

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

const (
	defaultMaxLatency = time.Minute
	maxLatency        = time.Hour
)

// newLatency delays an answer by a random time.
func newLatency(f control.LatencyFault) (effect, error) {
	least, err := seconds("latency: min_seconds", f.Min.Seconds(), maxLatency)
	if err != nil {
		return nil, err
	}
	most := defaultMaxLatency
	if f.Max != 0 {
		if most, err = seconds("latency: max_seconds", f.Max.Seconds(), maxLatency); err != nil {
			return nil, err
		}
	}
	if most < least {
		return nil, fmt.Errorf("latency: max_seconds %v is below min_seconds %v", most.Seconds(), least.Seconds())
	}
	if _, err = seconds("latency: seconds", f.Delay.Seconds(), most); err != nil {
		return nil, err
	}
	if !(f.Spread >= 0 && f.Spread <= maxLatency.Seconds()) {
		return nil, fmt.Errorf("latency: spread %v: want 0 to %v", f.Spread, maxLatency.Seconds())
	}
	sample, err := sampler(f)
	return func(draw *rand.Rand) Action {
		// Cut off in seconds: a sample may be too large for a duration.
		s := min(max(sample(draw), least.Seconds()), most.Seconds())
		return Action{Taken: true, Delay: time.Duration(s * float64(time.Second))}
	}, err
}

// sampler draws delays in seconds.
func sampler(f control.LatencyFault) (func(*rand.Rand) float64, error) {
	delay := f.Delay.Seconds()
	switch f.Distribution {
	case "", control.Fixed:
		return func(*rand.Rand) float64 { return delay }, nil
	case control.Uniform:
		if f.Max == 0 {
			return nil, errors.New("latency: uniform: give max_seconds")
		}
		least, most := f.Min.Seconds(), f.Max.Seconds()
		return func(draw *rand.Rand) float64 { return least + draw.Float64()*(most-least) }, nil
	case control.Normal:
		return func(draw *rand.Rand) float64 { return delay + draw.NormFloat64()*f.Spread }, nil
	case control.Lognormal:
		if f.Delay == 0 {
			return nil, errors.New("latency: lognormal: give seconds, the median, above 0")
		}
		return func(draw *rand.Rand) float64 { return delay * math.Exp(draw.NormFloat64()*f.Spread) }, nil
	}
	return nil, fmt.Errorf("latency: distribution %q: want %q, %q, %q or %q",
		f.Distribution, control.Fixed, control.Uniform, control.Normal, control.Lognormal)
}
