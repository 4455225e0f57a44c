package pace

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Burst has a base rate that is replaced by a peak at the start of every period.
type Burst struct {
	// Base and Peak are rates in events per second; Base may be 0.
	Base float64 `yaml:"base"`
	Peak float64 `yaml:"peak"`
	// Every is the period, Length how long the peak lasts in it: 0 < Length <= Every.
	Every  time.Duration `yaml:"every"`
	Length time.Duration `yaml:"length"`
}

var _ Pace = Burst{}

// Validate reports a burst longer than its period.
func (b Burst) Validate() error {
	err := errors.Join(notNegative("burst base", b.Base), positive("burst peak", b.Peak),
		positive("burst length", b.Length.Seconds()), positive("burst period", b.Every.Seconds()))
	if err == nil && b.Length > b.Every {
		err = fmt.Errorf("burst of %v does not fit its period of %v", b.Length, b.Every)
	}
	return err
}

// Count implements Pace.
func (b Burst) Count(t time.Duration) float64 {
	whole := math.Floor(t.Seconds() / b.Every.Seconds())
	rest := t.Seconds() - whole*b.Every.Seconds()
	peak := math.Min(rest, b.Length.Seconds())
	return whole*b.period() + b.Peak*peak + b.Base*(rest-peak)
}

// Due implements Pace.
func (b Burst) Due(n float64) time.Duration {
	if n <= 0 {
		return 0
	}
	whole := math.Floor(n / b.period())
	rest := n - whole*b.period()
	start := whole * b.Every.Seconds()
	inPeak := b.Peak * b.Length.Seconds()
	if rest <= inPeak || b.Base == 0 {
		return at(start + math.Min(rest/b.Peak, b.Length.Seconds()))
	}
	return at(start + b.Length.Seconds() + (rest-inPeak)/b.Base)
}

// Rate implements Pace.
func (b Burst) Rate(t time.Duration) float64 {
	if t%b.Every < b.Length {
		return b.Peak
	}
	return b.Base
}

// period is the number of events in one period.
func (b Burst) period() float64 {
	return b.Peak*b.Length.Seconds() + b.Base*(b.Every-b.Length).Seconds()
}
