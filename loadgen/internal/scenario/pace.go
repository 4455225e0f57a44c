package scenario

import (
	"slices"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// pace is the pace of a phase, nil if it is silent.
func (p *Phase) pace() pace.Pace {
	switch {
	case p.Ramp != nil:
		ramp := *p.Ramp
		ramp.Over = p.For.Value()
		return ramp
	case p.Sine != nil:
		return *p.Sine
	case p.Burst != nil:
		return *p.Burst
	case p.Rate != 0:
		return pace.Constant{PerSecond: p.Rate}
	}
	return nil
}

// hotIn reports whether a hot device is busy in a phase.
func (s *Scenario) hotIn(phase int) bool {
	return slices.ContainsFunc(s.Devices.Hot, func(h Hot) bool { return h.busyIn(&s.Phases[phase]) })
}

// busyIn reports whether a group is busy in a phase: where it says so, or else in
// every phase that is not silent.
func (h *Hot) busyIn(p *Phase) bool {
	if len(h.Phases) == 0 {
		return p.pace() != nil
	}
	return slices.Contains(h.Phases, p.Name)
}

// silence is the pace of a phase in which only hot devices send, if any do.
type silence struct{}

// Count implements pace.Pace.
func (silence) Count(time.Duration) float64 { return 0 }

// Due implements pace.Pace.
func (silence) Due(float64) time.Duration { return pace.Never }

// Rate implements pace.Pace.
func (silence) Rate(time.Duration) float64 { return 0 }

// phases are those of the plan. Hot devices are numbered from first on.
func (s *Scenario) phases(first int32) []loadgen.Phase {
	var all []loadgen.Phase
	for i := range s.Phases {
		p := &s.Phases[i]
		planned := loadgen.Phase{Pace: p.pace(), For: p.For.Value()}
		if planned.Pace == nil {
			planned.Pace = silence{}
		}
		device := first
		for i := range s.Devices.Hot {
			h := &s.Devices.Hot[i]
			if h.Rate > 0 && h.busyIn(p) {
				for n := range h.Count {
					planned.Devices = append(planned.Devices, loadgen.DevicePace{
						Device: device + int32(n), Pace: pace.Constant{PerSecond: h.Rate}, Shift: (float64(n) + 0.5) / float64(h.Count+1),
					})
				}
			}
			device += int32(h.Count)
		}
		all = append(all, planned)
	}
	return all
}
