package calibrate

import (
	"time"
)

// Plan is what a run will cost.
type Plan struct {
	Requests int
	// Events are those that the documented service accepts, Most those that one would that
	// refuses nothing.
	Events, Most int
	Duration     time.Duration
}

// perRequest is about how long a request takes.
const perRequest = 150 * time.Millisecond

// Plan returns what a run with this configuration will cost, at most.
func (c *Config) Plan() Plan {
	p := Plan{Requests: 2, Events: 1, Most: 2} // identify
	for _, m := range c.probes() {
		for i := range m.Requests {
			r := &m.Requests[i]
			times := max(1, r.Times)
			events := c.render(m, r).events * times
			p.Requests += times
			p.Most += events
			if !r.Refused {
				p.Events += events
			}
			p.Duration += r.Wait
			if r.PaceRequests > 0 {
				p.Duration += time.Duration((times-1)/r.PaceRequests) * r.PaceWait
			}
		}
	}
	p.Duration += time.Duration(p.Requests) * perRequest
	return p
}
