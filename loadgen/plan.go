package loadgen

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/ammeter/ammeter/loadgen/pace"
)

// Plan describes load by rates. It compiles to a Schedule.
type Plan struct {
	// Phases follow each other; at least one.
	Phases []Phase
	// Batch is the number of events in a request, 1 by default. A request is due
	// with its first event, and holds events of one phase only.
	Batch int
	// Mix chooses what each event is. Required.
	Mix Mix
}

// Phase is a stretch of time.
type Phase struct {
	// Pace is that of the events that the mix gives a device. Required.
	Pace pace.Pace
	For  time.Duration
	// Devices send events of their own beside those. Optional.
	Devices []DevicePace
}

// DevicePace is the pace of one device.
type DevicePace struct {
	Device int32
	Pace   pace.Pace
	// Shift delays its events by a part of the time between two, so that devices of one
	// pace do not send at the same time.
	Shift float64
}

// Mix makes choosers: functions that fill in an event. Start is called once for each run
// through a schedule, and a chooser is called once for each event, in order; equal mixes
// make equal choices.
type Mix interface {
	// Start returns a chooser. Its event has a number of its own and, if it is one of a
	// DevicePace, that device.
	Start() func(e *Event, due Due)
}

// Due is when an event leaves.
type Due struct {
	Phase int
	At    time.Duration // since the start of the schedule
}

// Schedule compiles the plan.
func (p Plan) Schedule() (*Schedule, error) {
	if p.Batch == 0 {
		p.Batch = 1
	}
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	s := &Schedule{Start: p.start}
	for i := range p.Phases {
		ph, events := &p.Phases[i], uint64(0)
		for _, one := range ph.sources() {
			events += one.total
		}
		s.Events += events
		s.Sends += (events + uint64(p.Batch) - 1) / uint64(p.Batch)
		s.Duration += ph.For
	}
	return s, nil
}

func (p Plan) validate() error {
	if len(p.Phases) == 0 {
		return errors.New("no phases")
	}
	if p.Mix == nil {
		return errors.New("no mix")
	}
	if p.Batch < 1 || p.Batch > math.MaxInt32 {
		return fmt.Errorf("batch of %d events; 1 is the least", p.Batch)
	}
	for i, ph := range p.Phases {
		if ph.For <= 0 {
			return fmt.Errorf("phase %d lasts %v; it must be above 0", i, ph.For)
		}
		if v, ok := ph.Pace.(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				return fmt.Errorf("phase %d: %w", i, err)
			}
		} else if ph.Pace == nil {
			return fmt.Errorf("phase %d has no pace", i)
		}
	}
	return nil
}

// source is where events of a phase come from.
type source struct {
	DevicePace

	total, done uint64
}

// due is when the next event of the source is due in the phase.
func (s *source) due() time.Duration { return s.Pace.Due(float64(s.done) + s.Shift) }

// sources are those of the phase that have events.
func (ph *Phase) sources() []source {
	var all []source
	for i := -1; i < len(ph.Devices); i++ {
		one := source{DevicePace: DevicePace{Device: NoDevice, Pace: ph.Pace}}
		if i >= 0 {
			one.DevicePace = ph.Devices[i]
		}
		// Shifted events may fall out at the end.
		one.total = pace.Events(one.Pace, ph.For)
		if one.Shift > 0 {
			one.total = uint64(max(0, math.Ceil(one.Pace.Count(ph.For)-one.Shift-1e-9)))
		}
		if one.total > 0 {
			all = append(all, one)
		}
	}
	return all
}

// planCursor runs through a plan.
type planCursor struct {
	plan    *Plan
	choose  func(*Event, Due)
	phase   int
	base    time.Duration // start of the phase
	sources []source
	sent    uint64
	events  uint64
}

func (p Plan) start() Cursor {
	c := &planCursor{plan: &p, choose: p.Mix.Start(), phase: -1}
	return c.next
}

func (c *planCursor) next(s *Send) bool {
	from := c.earliest()
	for from == nil {
		if !c.advance() {
			return false
		}
		from = c.earliest()
	}
	// The last event may be due a rounding error after the end of the phase.
	due := Due{c.phase, c.base + min(from.due(), c.plan.Phases[c.phase].For-1)}
	s.Seq, s.At, s.Events = c.sent, due.At, s.Events[:0]
	c.sent++
	for from != nil && len(s.Events) < c.plan.Batch {
		from.done++
		s.Events = append(s.Events, Event{Number: c.events, Device: from.Device})
		c.choose(&s.Events[len(s.Events)-1], due) // in place: one of its own would be allocated
		c.events++
		from = c.earliest()
	}
	return true
}

// advance goes to the next phase, if there is one.
func (c *planCursor) advance() bool {
	phases := c.plan.Phases
	if c.phase >= 0 && c.phase < len(phases) {
		c.base += phases[c.phase].For
	}
	if c.phase = min(c.phase+1, len(phases)); c.phase == len(phases) {
		c.sources = nil
		return false
	}
	c.sources = phases[c.phase].sources()
	return true
}

// earliest is the source with the next event of the phase, nil when it is over.
func (c *planCursor) earliest() *source {
	var first *source
	at := pace.Never
	for i := range c.sources {
		s := &c.sources[i]
		if s.done == s.total {
			continue
		}
		if len(c.sources) == 1 {
			return s // when it is due matters once a request
		}
		if due := s.due(); first == nil || due < at {
			first, at = s, due
		}
	}
	return first
}

// Rounds is the mix that covers everything: it takes the payloads in rounds,
// each payload once a round in an order drawn from the seed, and spreads the
// events evenly over the devices.
type Rounds struct {
	Seed uint64
	// Payloads is the number of payloads, at least 1.
	Payloads int
	// Devices is the size of the population, 0 to leave ids as they are.
	Devices int
}

var _ Mix = Rounds{}

// Start implements Mix.
func (r Rounds) Start() func(*Event, Due) {
	rng := rand.New(rand.NewPCG(r.Seed, 0x726f756e6473))
	order := make([]int32, r.Payloads)
	for i := range order {
		order[i] = int32(i)
	}
	next := len(order)
	return func(e *Event, _ Due) {
		if next == len(order) {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			next = 0
		}
		e.Payload = order[next]
		next++
		if r.Devices > 0 {
			e.Device = rng.Int32N(int32(r.Devices))
		}
	}
}
