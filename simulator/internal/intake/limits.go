package intake

import (
	"fmt"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Profiles of limits.
const (
	Published = "published"
	Strict    = "strict"
)

// Limits applies what the control API says to the limits that are the default.
func Limits(base throttle.Limits, l control.Limits) (throttle.Limits, error) {
	switch l.Profile {
	case "":
	case Published:
		base.Window = throttle.Published().Window
	case Strict:
		base.Window = 1
	default:
		return base, fmt.Errorf("profile %q: want %q or %q", l.Profile, Published, Strict)
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
