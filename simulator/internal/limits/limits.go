package limits

import (
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Endpoint selects the rate that applies. Each endpoint counts its own rate; the
// quota is common to both.
type Endpoint uint8

// Endpoints with a rate of their own.
const (
	HTTPAPI Endpoint = iota
	Batch
	endpoints = iota
)

// Limits of one project. Zero switches a limit off.
type Limits struct {
	Rate   [endpoints]int // events per second, averaged over Window
	Window int            // seconds, at least 1
	Quota  int            // events in DaySteps steps
	// QuotaStep is the step in which the day rolls, in seconds, at least 1.
	QuotaStep int
	// Users reports whether users are limited as well as devices.
	Users bool

	// ProjectEvents and ProjectRequests bound what a project sends to an endpoint
	// in a second; see Volume.
	ProjectEvents, ProjectRequests int

	// Reach refuses the event that reaches a limit, not the one that exceeds it.
	Reach bool
	// CountRefused counts events also when they are turned away.
	CountRefused bool
	// QuotaAfterThrottle counts the quota of an id only from the first time on that
	// it exceeded a rate.
	QuotaAfterThrottle bool
}

// DaySteps is the number of steps in the rolling day.
const DaySteps = 24

// Published returns the limits of the documentation.
func Published() Limits {
	return Limits{
		Rate:      [endpoints]int{amplitude.EventsPerSecond, amplitude.BatchEventsPerSecond},
		Window:    amplitude.WindowSeconds,
		Quota:     amplitude.DailyQuota,
		QuotaStep: int(time.Hour / time.Second),
		Users:     true,
	}
}

// exceeds reports whether a count is too many for a limit.
func (l Limits) exceeds(n, limit int) bool { return n > limit || l.Reach && n == limit }
