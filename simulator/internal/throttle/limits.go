// Package throttle counts events per device and per user and tells when there are
// too many: a rate averaged over a sliding window, and a quota over a rolling day.
//
// These are the windows that Amplitude publishes, not token buckets: 900 events in
// one second are fine at a limit of 30 per second over 30 seconds. Time is an
// argument; it must not go back, and a little is forgiven.
package throttle

import (
	"fmt"
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
	// Users tells whether users are limited as well as devices.
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

// Check tells what is wrong with the limits.
func (l Limits) Check() error {
	const most = 1 << 30 // counts are kept in 31 bits
	for _, n := range []struct {
		name     string
		value    int
		from, to int
	}{
		{"events_per_second", l.Rate[HTTPAPI], 0, most / 3600},
		{"batch_events_per_second", l.Rate[Batch], 0, most / 3600},
		{"window_seconds", l.Window, 1, 3600},
		{"daily_quota", l.Quota, 0, most},
		{"quota_step_seconds", l.QuotaStep, 1, 86400},
		{"project_events_per_second", l.ProjectEvents, 0, most},
		{"project_requests_per_second", l.ProjectRequests, 0, most},
	} {
		if n.value < n.from || n.value > n.to {
			return fmt.Errorf("%s %d: want a number from %d to %d", n.name, n.value, n.from, n.to)
		}
	}
	return nil
}
