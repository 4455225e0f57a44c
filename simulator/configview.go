package simulator

import "github.com/ammeter/ammeter/simulator/control"

// redacted stands for a secret in the view.
const redacted = "[redacted]"

// configView returns the configuration for the control API.
func (c *config) configView() control.Config {
	shown := control.Config{
		Version: c.version, Listening: c.listening, Region: c.region, Limits: c.limits.Wire(),
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
