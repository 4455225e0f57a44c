package pace

import "time"

// Constant is one rate for ever.
type Constant struct {
	// PerSecond is the rate in events per second, above 0.
	PerSecond float64
}

var _ Pace = Constant{}

// Validate reports a rate that cannot be kept.
func (c Constant) Validate() error { return positive("rate", c.PerSecond) }

// Count implements Pace.
func (c Constant) Count(t time.Duration) float64 { return c.PerSecond * t.Seconds() }

// Due implements Pace.
func (c Constant) Due(n float64) time.Duration { return at(n / c.PerSecond) }

// Rate implements Pace.
func (c Constant) Rate(time.Duration) float64 { return c.PerSecond }
