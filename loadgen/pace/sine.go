package pace

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Sine swings around a mean, starting at the mean and upwards: a day of traffic
// in one period.
type Sine struct {
	// Mean is the rate it swings around, in events per second, above 0.
	Mean float64 `yaml:"mean"`
	// Swing is how far it goes to either side, from 0 to Mean.
	Swing float64 `yaml:"swing"`
	// Period is the length of one swing, above 0.
	Period time.Duration `yaml:"period"`
}

var _ Pace = Sine{}

// Validate reports a swing below zero.
func (s Sine) Validate() error {
	err := errors.Join(positive("sine mean", s.Mean), notNegative("sine swing", s.Swing), positive("sine period", s.Period.Seconds()))
	if err == nil && s.Swing > s.Mean {
		err = fmt.Errorf("sine swing %v is above its mean %v; rates below 0 do not exist", s.Swing, s.Mean)
	}
	return err
}

// Count implements Pace.
func (s Sine) Count(t time.Duration) float64 { return s.count(t.Seconds()) }

// Due implements Pace.
func (s Sine) Due(n float64) time.Duration {
	if n <= 0 {
		return 0
	}
	// Count lies between mean*t and mean*t + swing*period/pi, which brackets the
	// answer. Newton's steps are taken while they stay inside the bracket, halves
	// of it otherwise (at swing = mean the rate touches 0).
	high := n / s.Mean
	low := math.Max(0, high-s.Swing*s.Period.Seconds()/math.Pi/s.Mean)
	t := (low + high) / 2
	for range 64 {
		off := s.count(t) - n
		if off > 0 {
			high = t
		} else {
			low = t
		}
		if math.Abs(off) < 1e-9 || high-low < 1e-10 {
			break
		}
		t -= off / s.rate(t)
		if !(t > low && t < high) {
			t = (low + high) / 2
		}
	}
	return at(t)
}

// Rate implements Pace.
func (s Sine) Rate(t time.Duration) float64 { return s.rate(t.Seconds()) }

func (s Sine) count(t float64) float64 {
	turn := 2 * math.Pi / s.Period.Seconds()
	return s.Mean*t + s.Swing/turn*(1-math.Cos(turn*t))
}

func (s Sine) rate(t float64) float64 {
	return s.Mean + s.Swing*math.Sin(2*math.Pi*t/s.Period.Seconds())
}
