package simulator

import (
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// redacted stands for a secret in a readout.
const redacted = "[redacted]"

// readout is the configuration for the control API.
func (c *config) readout() control.Config {
	shown := control.Config{
		Version: c.version, Listening: c.listening, Region: c.region, Limits: limitsOf(c.limits),
		MaxTracked: c.maxTracked, MaxJournalBytes: c.journalBytes, Behavior: map[string]string{},
	}
	if c.token != "" {
		shown.AdminToken = redacted
	}
	for _, row := range c.behavior.Rows() {
		if row.Set != row.Default {
			shown.Behavior[row.Name] = row.Set
		}
	}
	return shown
}

// limitsOf writes limits as the control API does, with every value.
func limitsOf(l throttle.Limits) control.Limits {
	shown := control.Limits{
		EventsPerSecond: &l.Rate[throttle.HTTPAPI], BatchEventsPerSecond: &l.Rate[throttle.Batch],
		WindowSeconds: &l.Window, DailyQuota: &l.Quota, QuotaStepSeconds: &l.QuotaStep, Users: &l.Users,
		ProjectEventsPerSecond: &l.ProjectEvents, ProjectRequestsPerSecond: &l.ProjectRequests,
	}
	switch {
	case l.ProjectEvents > 0 || l.ProjectRequests > 0:
		shown.Profile = intake.Starter
	case l.Window == 1:
		shown.Profile = intake.Strict
	default:
		shown.Profile = intake.Published
	}
	return shown
}
