package scenario

import (
	"math"
	"slices"
	"time"

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

// stream is one source of events in a phase: the population, or one hot device
// with a rate of its own.
type stream struct {
	pace   pace.Pace
	shift  float64 // of its events, in events: spreads streams of equal rate
	device int32   // hot device, or everybody
	total  uint64
	done   uint64
}

const everybody int32 = -1

// due is when the next event of the stream is due in the phase, Never when there
// is none.
func (s *stream) due() time.Duration {
	if s.done == s.total {
		return pace.Never
	}
	return s.pace.Due(float64(s.done) + s.shift)
}

// streams are the sources of a phase. Hot devices are numbered from first on.
func (s *Scenario) streams(phase int, first int32) []stream {
	p := &s.Phases[phase]
	var all []stream
	if shape := p.pace(); shape != nil {
		all = append(all, stream{pace: shape, device: everybody, total: pace.Events(shape, p.For.Value())})
	}
	for i := range s.Devices.Hot {
		h := &s.Devices.Hot[i]
		if h.Rate > 0 && h.busyIn(p) {
			for n := range h.Count {
				one := stream{
					pace: pace.Constant{PerSecond: h.Rate}, device: first + int32(n),
					shift: (float64(n) + 0.5) / float64(h.Count+1),
				}
				// Shifted events may fall out at the end.
				one.total = uint64(max(0, math.Ceil(one.pace.Count(p.For.Value())-one.shift-1e-9)))
				all = append(all, one)
			}
		}
		first += int32(h.Count)
	}
	return all
}
