package scenario

import (
	"math/rand/v2"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

// chooser makes the events of a scenario. Its draws depend on the seed and on the order of
// the events only, so all choosers of a scenario make the same.
type chooser struct {
	*Scenario

	mix        *mix
	population *population
	rng        *rand.Rand
	number     uint64
	latest     [remembered]sent
	count      int // events ever put into latest
}

// remembered is how many of the latest events can be sent a second time.
const remembered = 64

// sent is an event and the time its request is due.
type sent struct {
	loadgen.Event

	at time.Duration
}

// eventMix is the mix of a scenario.
type eventMix struct {
	scenario   *Scenario
	mix        *mix
	population population
}

// Start implements loadgen.Mix.
func (p *eventMix) Start() func(*loadgen.Event, loadgen.Due) {
	c := &chooser{
		Scenario: p.scenario, mix: p.mix, population: &p.population,
		rng: rand.New(rand.NewPCG(p.scenario.Seed, 0x7363656e6172696f)),
	}
	return func(e *loadgen.Event, due loadgen.Due) { *e = c.event(e.Device, due) }
}

// event makes the next event, one of a hot device or of the population.
func (c *chooser) event(device int32, due loadgen.Due) loadgen.Event {
	at := due.At
	if device == loadgen.NoDevice {
		device = c.hotByShare(due.Phase)
	}
	if device != loadgen.NoDevice {
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
func (c *chooser) hotByShare(phase int) int32 {
	first := int32(c.population.total)
	for i := range c.Devices.Hot {
		h := &c.Devices.Hot[i]
		if h.Share > 0 && h.busyIn(&c.Phases[phase]) && c.rng.Float64() < c.shareLeft(i, phase) {
			return first + c.rng.Int32N(int32(h.Count))
		}
		first += int32(h.Count)
	}
	return loadgen.NoDevice
}

// shareLeft is the share of a hot group of the events that the groups before it
// leave.
func (c *chooser) shareLeft(group, phase int) float64 {
	left := 1.0
	for i := range group {
		if h := &c.Devices.Hot[i]; h.Share > 0 && h.busyIn(&c.Phases[phase]) {
			left -= h.Share
		}
	}
	return c.Devices.Hot[group].Share / left
}

// fresh gives an event its number.
func (c *chooser) fresh(e loadgen.Event, at time.Duration) loadgen.Event {
	e.Number = c.number
	c.number++
	c.latest[c.count%remembered] = sent{e, at}
	c.count++
	return e
}

// again sends one of the latest events a second time: the same in all, also in its
// time.
func (c *chooser) again(at time.Duration) loadgen.Event {
	old := &c.latest[c.rng.IntN(min(c.count, remembered))]
	e := old.Event
	e.Skew += old.at - at
	return e
}
