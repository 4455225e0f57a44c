package scenario

import (
	"math/rand/v2"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// plan is what all cursors of a scenario share.
type plan struct {
	*Scenario
	mix        *mix
	population population
}

// remembered is how many of the latest events can be sent a second time.
const remembered = 64

// cursor runs through a plan. Its draws depend on the seed and on the order of the
// events only, so all cursors of a plan give the same.
type cursor struct {
	*plan
	rng     *rand.Rand
	phase   int
	base    time.Duration // start of the phase
	streams []stream
	seq     uint64
	number  uint64
	latest  [remembered]sent
	count   int // events ever put into latest
}

// sent is an event and the time its request is due.
type sent struct {
	loadgen.Event
	at time.Duration
}

func (p *plan) start() loadgen.Cursor {
	c := &cursor{plan: p, rng: rand.New(rand.NewPCG(p.Seed, 0x7363656e6172696f)), phase: -1}
	return c.next
}

func (c *cursor) next(s *loadgen.Send) bool {
	stream, due := c.earliest()
	for stream == nil {
		if !c.advance() {
			return false
		}
		stream, due = c.earliest()
	}
	s.Seq, s.At, s.Events = c.seq, c.base+due, s.Events[:0]
	c.seq++
	for stream != nil && len(s.Events) < c.Batch {
		stream.done++
		s.Events = append(s.Events, c.event(stream.device, s.At))
		stream, _ = c.earliest()
	}
	return true
}

// advance goes to the next phase, if there is one.
func (c *cursor) advance() bool {
	if c.phase >= 0 && c.phase < len(c.Phases) {
		c.base += c.Phases[c.phase].For.Value()
	}
	if c.phase = min(c.phase+1, len(c.Phases)); c.phase == len(c.Phases) {
		c.streams = nil
		return false
	}
	c.streams = c.Scenario.streams(c.phase, int32(c.population.total))
	return true
}

// earliest is the stream with the next event of the phase, nil when it is over.
func (c *cursor) earliest() (*stream, time.Duration) {
	var first *stream
	at := pace.Never
	for i := range c.streams {
		s := &c.streams[i]
		if due := s.due(); s.done < s.total && (first == nil || due < at) {
			first, at = s, due
		}
	}
	if first == nil {
		return nil, 0
	}
	// The last event may be due a rounding error after the end of the phase.
	return first, min(at, c.Phases[c.phase].For.Value()-1)
}

// event makes the next event of a stream, which leaves at a time.
func (c *cursor) event(device int32, at time.Duration) loadgen.Event {
	if device == everybody {
		device = c.hotByShare()
	}
	if device != everybody {
		return c.fresh(loadgen.Event{Payload: c.mix.hot.draw(c.rng), Device: device, Hot: true}, at)
	}
	u := c.rng.Float64()
	if u < c.Duplicates && c.count > 0 {
		return c.again(at)
	}
	e := loadgen.Event{Device: c.population.draw(c.rng, at)}
	u -= c.Duplicates
	switch {
	case u < 0: // there is nothing to send again yet
		e.Payload = c.mix.valid(c.rng)
	case u < c.Malformed:
		e.Payload = c.mix.malformed.draw(c.rng)
	case u < c.Malformed+c.Mistakes.ShortIDs:
		e.Payload = c.mix.shortIDs.draw(c.rng)
	case u < c.Malformed+c.Mistakes.ShortIDs+c.Mistakes.Seconds:
		e.Payload = c.mix.seconds.draw(c.rng)
	default:
		e.Payload = c.mix.valid(c.rng)
	}
	if c.Late.Share > 0 && c.rng.Float64() < c.Late.Share {
		e.Skew = -1 - time.Duration(c.rng.Int64N(int64(c.Late.By)))
	}
	return c.fresh(e, at)
}

// hotByShare draws whether the next event of the phase is one of a hot device, and
// of which.
func (c *cursor) hotByShare() int32 {
	first := int32(c.population.total)
	for i := range c.Devices.Hot {
		h := &c.Devices.Hot[i]
		if h.Share > 0 && h.busyIn(&c.Phases[c.phase]) && c.rng.Float64() < c.shareLeft(i) {
			return first + c.rng.Int32N(int32(h.Count))
		}
		first += int32(h.Count)
	}
	return everybody
}

// shareLeft is the share of a hot group of the events that the groups before it
// leave.
func (c *cursor) shareLeft(group int) float64 {
	left := 1.0
	for i := range group {
		if h := &c.Devices.Hot[i]; h.Share > 0 && h.busyIn(&c.Phases[c.phase]) {
			left -= h.Share
		}
	}
	return c.Devices.Hot[group].Share / left
}

// fresh gives an event its number.
func (c *cursor) fresh(e loadgen.Event, at time.Duration) loadgen.Event {
	e.Number = c.number
	c.number++
	c.latest[c.count%remembered] = sent{e, at}
	c.count++
	return e
}

// again sends one of the latest events a second time: the same in all, also in its
// time.
func (c *cursor) again(at time.Duration) loadgen.Event {
	old := &c.latest[c.rng.IntN(min(c.count, remembered))]
	e := old.Event
	e.Skew += old.at - at
	return e
}
