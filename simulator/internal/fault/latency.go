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

// latency delays an answer by a random time.
type latency struct {
	// sample draws a delay in seconds.
	sample        func(draw *rand.Rand) float64
	least, atMost time.Duration
}

func newLatency(f control.LatencyFault) (effect, error) {
	l := latency{atMost: defaultMaxLatency}
	var err error
	if l.least, err = seconds("latency: min_seconds", f.MinSeconds, maxLatency); err != nil {
		return nil, err
	}
	if f.MaxSeconds != 0 {
		if l.atMost, err = seconds("latency: max_seconds", f.MaxSeconds, maxLatency); err != nil {
			return nil, err
		}
	}
	if l.atMost < l.least {
		return nil, fmt.Errorf("latency: max_seconds %v is below min_seconds %v", l.atMost.Seconds(), l.least.Seconds())
	}
	if _, err = seconds("latency: seconds", f.Seconds, l.atMost); err != nil {
		return nil, err
	}
	if !(f.Spread >= 0 && f.Spread <= maxLatency.Seconds()) {
		return nil, fmt.Errorf("latency: spread %v: want 0 to %v", f.Spread, maxLatency.Seconds())
	}
	l.sample, err = sampler(f)
	return l, err
}

func sampler(f control.LatencyFault) (func(*rand.Rand) float64, error) {
	switch f.Distribution {
	case "", control.Fixed:
		return func(*rand.Rand) float64 { return f.Seconds }, nil
	case control.Uniform:
		if f.MaxSeconds == 0 {
			return nil, errors.New("latency: uniform: give max_seconds")
		}
		return func(draw *rand.Rand) float64 { return f.MinSeconds + draw.Float64()*(f.MaxSeconds-f.MinSeconds) }, nil
	case control.Normal:
		return func(draw *rand.Rand) float64 { return f.Seconds + draw.NormFloat64()*f.Spread }, nil
	case control.Lognormal:
		if f.Seconds == 0 {
			return nil, errors.New("latency: lognormal: give seconds, the median, above 0")
		}
		return func(draw *rand.Rand) float64 { return f.Seconds * math.Exp(draw.NormFloat64()*f.Spread) }, nil
	}
	return nil, fmt.Errorf("latency: distribution %q: want %q, %q, %q or %q",
		f.Distribution, control.Fixed, control.Uniform, control.Normal, control.Lognormal)
}

func (l latency) strike(draw *rand.Rand) Action {
	// Cut off in seconds: a sample may be too large for a duration.
	s := min(max(l.sample(draw), l.least.Seconds()), l.atMost.Seconds())
	return Action{Kind: Latency, Taken: true, Delay: time.Duration(s * float64(time.Second))}
}
