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

// Phase is a stretch of time with one pace.
type Phase struct {
	Pace pace.Pace
	For  time.Duration
}

// Mix makes choosers: functions that fill in everything of an event but its
// Number. Start is called once for each run through a schedule, and a chooser is
// called once for each event, in order; equal mixes make equal choices.
type Mix interface {
	Start() func(e *Event)
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
	for _, ph := range p.Phases {
		events := pace.Events(ph.Pace, ph.For)
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

func (p Plan) start() Cursor {
	var (
		choose = p.Mix.Start()
		phase  = -1
		base   time.Duration // start of the phase
		total  uint64        // events of the phase
		done   uint64        // of those, already sent
		seq    uint64
		number uint64
	)
	return func(s *Send) bool {
		for done == total {
			if phase >= 0 {
				base += p.Phases[phase].For
			}
			if phase++; phase >= len(p.Phases) {
				phase-- // stay at the end
				base -= p.Phases[phase].For
				return false
			}
			total, done = pace.Events(p.Phases[phase].Pace, p.Phases[phase].For), 0
		}
		s.Seq, seq = seq, seq+1
		// The last event of a phase may be due a rounding error after its end.
		s.At = base + min(p.Phases[phase].Pace.Due(float64(done)), p.Phases[phase].For-1)
		s.Events = s.Events[:0]
		for range min(uint64(p.Batch), total-done) {
			e := Event{Number: number, Device: NoDevice}
			choose(&e)
			s.Events = append(s.Events, e)
			number++
			done++
		}
		return true
	}
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
func (r Rounds) Start() func(*Event) {
	rng := rand.New(rand.NewPCG(r.Seed, 0x726f756e6473))
	order := make([]int32, r.Payloads)
	for i := range order {
		order[i] = int32(i)
	}
	next := len(order)
	return func(e *Event) {
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
