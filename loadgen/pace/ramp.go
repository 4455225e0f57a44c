package pace

import (
	"errors"
	"math"
	"time"
)

// Ramp goes evenly from one rate to another and stays there.
type Ramp struct {
	// From and To are rates in events per second, 0 or more.
	From float64 `yaml:"from"`
	To   float64 `yaml:"to"`
	// Over is how long the way takes, above 0.
	Over time.Duration `yaml:"-"`
}

var _ Pace = Ramp{}

// Validate reports a ramp that leads nowhere.
func (r Ramp) Validate() error {
	if r.From == 0 && r.To == 0 {
		return errors.New("ramp goes from 0 to 0; one end must be above 0")
	}
	return errors.Join(notNegative("ramp from", r.From), notNegative("ramp to", r.To), positive("ramp over", r.Over.Seconds()))
}

// Count implements Pace.
func (r Ramp) Count(t time.Duration) float64 {
	over := r.Over.Seconds()
	on := math.Min(t.Seconds(), over)
	return r.From*on + r.slope()*on*on/2 + r.To*(t.Seconds()-on)
}

// Due implements Pace.
func (r Ramp) Due(n float64) time.Duration {
	if n <= 0 {
		return 0
	}
	onRamp := r.Count(r.Over)
	if n > onRamp {
		if r.To == 0 {
			return Never
		}
		return at(r.Over.Seconds() + (n-onRamp)/r.To)
	}
	// The positive root of slope/2*t^2 + from*t = n, in the form that does not
	// subtract two numbers of nearly the same size.
	root := math.Sqrt(math.Max(0, r.From*r.From+2*r.slope()*n))
	return at(math.Min(2*n/(r.From+root), r.Over.Seconds()))
}

// Rate implements Pace.
func (r Ramp) Rate(t time.Duration) float64 {
	if t >= r.Over {
		return r.To
	}
	return r.From + r.slope()*t.Seconds()
}

func (r Ramp) slope() float64 { return (r.To - r.From) / r.Over.Seconds() }
