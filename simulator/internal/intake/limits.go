package intake

import (
	"fmt"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Profiles of limits.
const (
	Published = "published"
	Strict    = "strict"
	Starter   = "starter"
)

// Limits applies what the control API says to the limits that are the default.
func Limits(base throttle.Limits, l control.Limits) (throttle.Limits, error) {
	switch l.Profile {
	case "":
	case Published:
		base.Window = throttle.Published().Window
	case Strict:
		base.Window = 1
	case Starter:
		base.Window = throttle.Published().Window
		base.ProjectRequests, base.ProjectEvents = amplitude.StarterRequestsPerSecond, amplitude.StarterEventsPerSecond
	default:
		return base, fmt.Errorf("profile %q: want %q, %q or %q", l.Profile, Published, Strict, Starter)
	}
	for _, n := range []struct {
		to   *int
		from *int
	}{
		{&base.Rate[throttle.HTTPAPI], l.EventsPerSecond},
		{&base.Rate[throttle.Batch], l.BatchEventsPerSecond},
		{&base.Window, l.WindowSeconds},
		{&base.Quota, l.DailyQuota},
		{&base.QuotaStep, l.QuotaStepSeconds},
		{&base.ProjectEvents, l.ProjectEventsPerSecond},
		{&base.ProjectRequests, l.ProjectRequestsPerSecond},
	} {
		if n.from != nil {
			*n.to = *n.from
		}
	}
	if l.Users != nil {
		base.Users = *l.Users
	}
	return base, base.Check()
}
