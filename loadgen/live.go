package loadgen

import "time"

// Live is how a run stands at one moment.
type Live struct {
	Elapsed, Duration time.Duration
	// Sends and Events are the totals of the plan, 0 when not known.
	PlannedSends, PlannedEvents uint64
	Sends                       Sends
	Outcomes                    Outcomes
	// InFlight is the number of events that were due and have no outcome yet.
	InFlight uint64
	Senders  int
	// P50 and P99 are latencies from the intended time, so far.
	P50, P99 time.Duration
	// Top are the busiest devices of the last whole second, busiest first.
	Top []DeviceRate
}

// DeviceRate is the number of events of a device that were due in one second.
type DeviceRate struct {
	Device int32
	Rate   uint32
}

// Live returns how the current run stands, or the last one; false before the first.
// It may be called while Run is at work.
func (g *Generator) Live() (Live, bool) {
	r := g.live.Load()
	if r == nil {
		return Live{}, false
	}
	const top = 5
	r.rec.mu.Lock()
	defer r.rec.mu.Unlock()
	l := Live{
		Elapsed:       r.since(),
		Duration:      r.plan.Duration,
		PlannedSends:  r.plan.Sends,
		PlannedEvents: r.plan.Events,
		Sends:         r.rec.sends,
		Outcomes:      r.rec.outcomes,
		InFlight:      r.rec.outcomes.Due - r.rec.outcomes.settled(),
		Senders:       int(r.count.Load()),
		P50:           micros(r.rec.intended.ValueAtQuantile(50)),
		P99:           micros(r.rec.intended.ValueAtQuantile(99)),
	}
	for _, c := range r.rec.devices.top[:min(top, len(r.rec.devices.top))] {
		l.Top = append(l.Top, DeviceRate{Device: c.device, Rate: c.n})
	}
	return l, true
}

func micros(us int64) time.Duration { return time.Duration(us) * time.Microsecond }
