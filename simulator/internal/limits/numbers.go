package limits

import (
	"fmt"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// number is one limit: its name in the control API and the configuration, its bounds and
// its places.
type number struct {
	name     string
	from, to int
	here     func(*Limits) *int
	wire     func(*control.Limits) **int
}

const most = 1 << 30 // counts are kept in 31 bits

// numbers is the one list of the limits that are numbers. A new one needs a line here, a
// member of Limits and a member of control.Limits.
var numbers = []number{
	{"events_per_second", 0, most / 3600, func(l *Limits) *int { return &l.Rate[HTTPAPI] }, func(w *control.Limits) **int { return &w.EventsPerSecond }},
	{"batch_events_per_second", 0, most / 3600, func(l *Limits) *int { return &l.Rate[Batch] }, func(w *control.Limits) **int { return &w.BatchEventsPerSecond }},
	{"window_seconds", 1, 3600, func(l *Limits) *int { return &l.Window }, func(w *control.Limits) **int { return &w.WindowSeconds }},
	{"daily_quota", 0, most, func(l *Limits) *int { return &l.Quota }, func(w *control.Limits) **int { return &w.DailyQuota }},
	{"quota_step_seconds", 1, 86400, func(l *Limits) *int { return &l.QuotaStep }, func(w *control.Limits) **int { return &w.QuotaStepSeconds }},
	{"project_events_per_second", 0, most, func(l *Limits) *int { return &l.ProjectEvents }, func(w *control.Limits) **int { return &w.ProjectEventsPerSecond }},
	{"project_requests_per_second", 0, most, func(l *Limits) *int { return &l.ProjectRequests }, func(w *control.Limits) **int { return &w.ProjectRequestsPerSecond }},
}

// Apply returns the limits with those that w sets in their place. It returns an error if
// one of them is invalid.
func (l Limits) Apply(w control.Limits) (Limits, error) {
	switch w.Profile {
	case "":
	case control.Published:
		l.Window = Published().Window
	case control.Strict:
		l.Window = 1
	case control.Starter:
		l.Window = Published().Window
		l.ProjectRequests, l.ProjectEvents = amplitude.StarterRequestsPerSecond, amplitude.StarterEventsPerSecond
	default:
		return l, fmt.Errorf("profile %q: want %q, %q or %q", w.Profile, control.Published, control.Strict, control.Starter)
	}
	for _, n := range numbers {
		if given := *n.wire(&w); given != nil {
			*n.here(&l) = *given
		}
	}
	if w.Users != nil {
		l.Users = *w.Users
	}
	return l, l.Check()
}

// Check returns an error if a limit is out of its bounds.
func (l Limits) Check() error {
	for _, n := range numbers {
		if value := *n.here(&l); value < n.from || value > n.to {
			return fmt.Errorf("%s %d: want a number from %d to %d", n.name, value, n.from, n.to)
		}
	}
	return nil
}

// Wire returns the limits as the control API has them, with every value.
func (l Limits) Wire() control.Limits {
	w := control.Limits{Profile: control.Published, Users: &l.Users}
	for _, n := range numbers {
		*n.wire(&w) = n.here(&l)
	}
	switch {
	case l.ProjectEvents > 0 || l.ProjectRequests > 0:
		w.Profile = control.Starter
	case l.Window == 1:
		w.Profile = control.Strict
	}
	return w
}

// Override returns base with what over sets in its place.
func Override(base, over control.Limits) control.Limits {
	for _, n := range numbers {
		if given := *n.wire(&over); given != nil {
			*n.wire(&base) = given
		}
	}
	if over.Users != nil {
		base.Users = over.Users
	}
	if over.Profile != "" {
		base.Profile = over.Profile
	}
	return base
}
