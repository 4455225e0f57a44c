package limits

import "math/bits"

// cells is a flat table with linear probing. A key whose windows have run empty
// equals a key never seen and gives way when the table would grow.
//
// It is not safe for concurrent use.
type cells struct {
	window  uint32    // of the rate, in seconds
	step    uint32    // of the day, in seconds
	mask    [2]uint64 // the nibbles inside the window; all if it is longer
	slots   []cell
	used    int
	seconds arena // rings of rates
	days    arena // rings of quotas
	sweepAt int   // rings in use that are worth a search for idle ones
}

const (
	minSize  = 16
	minSweep = 64
)

func newCells(window, step int) *cells {
	c := &cells{
		window: uint32(window), step: uint32(step), slots: make([]cell, minSize),
		seconds: arena{buckets: uint32(window)}, days: arena{buckets: DaySteps}, sweepAt: minSweep,
	}
	outside := cell{rate: [2]uint64{^uint64(0), ^uint64(0)}}
	outside.shift(uint32(window))
	c.mask = [2]uint64{^outside.rate[0], ^outside.rate[1]}
	return c
}

// slot is where the search for a key begins.
func (c *cells) slot(key uint64) int {
	// The high half of the product spreads the keys over any number of slots, in
	// their order.
	hi, _ := bits.Mul64(key&^flagBits, uint64(len(c.slots)))
	return int(hi)
}

// find returns the cell of a key, or the empty one where it belongs.
func (c *cells) find(key uint64) (s *cell, found bool) {
	for i := c.slot(key); ; i++ {
		if i == len(c.slots) {
			i = 0
		}
		switch s = &c.slots[i]; {
		case s.is(key):
			return s, true
		case s.id == 0:
			return s, false
		}
	}
}

// at returns the cell of a key, moved to a second; it makes it if need be. A second
// before the newest one of the key counts as the newest.
func (c *cells) at(key uint64, second uint32) *cell {
	s, found := c.find(key)
	if found {
		c.roll(s, second)
		return s
	}
	if c.used+1 > len(c.slots)*3/4 {
		c.rebuild(second)
		s, _ = c.find(key)
	}
	c.used++
	*s = cell{id: key &^ flagBits, at: second}
	return s
}

// known returns the cell of a key, moved to a second, or nil.
func (c *cells) known(key uint64, second uint32) *cell {
	s, found := c.find(key)
	if !found {
		return nil
	}
	c.roll(s, second)
	return s
}

// roll moves the windows of a cell forward to a second.
func (c *cells) roll(s *cell, second uint32) {
	if second <= s.at {
		return
	}
	c.rollRate(s, second)
	from, to := s.at/c.step, second/c.step
	if s.at = second; from != to && s.day != 0 {
		c.rollDay(s, from, to)
	}
}

func (c *cells) rollRate(s *cell, second uint32) {
	if s.id&wide == 0 {
		before := *s
		s.shift(second - s.at)
		s.rate[0] &= c.mask[0]
		s.rate[1] &= c.mask[1]
		if c.window <= nibbles || second-s.at >= c.window || s.total() == before.total() {
			return
		}
		*s = before // nibbles are too few: something would be lost that still counts
		c.widen(s)
	}
	for ep, ref := range s.rate {
		if ref != 0 && c.seconds.forget(uint32(ref-1), s.at, second) == 0 {
			c.seconds.put(uint32(ref - 1))
			s.rate[ep] = 0
		}
	}
	if s.rate == ([2]uint64{}) {
		s.id &^= wide
	}
}

func (c *cells) rollDay(s *cell, from, to uint32) {
	switch {
	case s.day&ringBit != 0:
		if number := s.day &^ ringBit; c.days.forget(number, from, to) == 0 {
			c.days.put(number)
			s.day = 0
		}
	case to-from >= DaySteps:
		s.day = 0
	default:
		number := c.dayRing(to * c.step)
		c.days.add(number, from, s.day)
		s.day = ringBit | number
	}
}

// rebuild drops the keys whose windows are empty, and resizes the table to hold the
// others with room to grow: between four sevenths and three quarters are in use. In a
// fuller one too many searches need a second line of the cache.
func (c *cells) rebuild(second uint32) {
	live := c.sweep(second)
	old := c.slots
	c.slots, c.used = make([]cell, max(minSize, live/4*7+minSize)), live
	for i := range old {
		if s := &old[i]; s.id != 0 {
			to, _ := c.find(s.id)
			*to = *s
		}
	}
	c.seconds.trim()
	c.days.trim()
}

// sweep takes back the memory of windows that have run empty. It leaves holes where
// keys were, so the table must be rebuilt, and returns the number of the others.
func (c *cells) sweep(second uint32) (live int) {
	for i := range c.slots {
		s := &c.slots[i]
		switch {
		case s.id == 0:
		case c.empty(s, second):
			*s = cell{}
		default:
			live++
		}
	}
	return live
}

// empty takes back the rings of a cell that have run empty, and reports whether the
// cell equals that of a key never seen.
func (c *cells) empty(s *cell, second uint32) bool {
	second = max(second, s.at)
	if second-s.at >= c.window {
		c.dropRate(s)
	}
	from, to := s.at/c.step, second/c.step
	switch {
	case s.day&ringBit != 0:
		if number := s.day &^ ringBit; to-from >= DaySteps || c.days.spent(number, from, to) {
			c.days.put(number)
			s.day = 0
		}
	case to-from >= DaySteps:
		s.day = 0
	}
	return s.day == 0 && c.idle(s, second)
}

// idle reports whether the rates of a cell are zero at a second.
func (c *cells) idle(s *cell, second uint32) bool {
	if s.id&wide == 0 {
		return s.rate == ([2]uint64{}) || second-s.at+s.newest() >= c.window
	}
	for _, ref := range s.rate {
		if ref != 0 && !c.seconds.spent(uint32(ref-1), s.at, second) {
			return false
		}
	}
	c.dropRate(s)
	return true
}

// dropRate forgets the rates of a cell.
func (c *cells) dropRate(s *cell) {
	if s.id&wide != 0 {
		for _, ref := range s.rate {
			if ref != 0 {
				c.seconds.put(uint32(ref - 1))
			}
		}
	}
	s.rate, s.id = [2]uint64{}, s.id&^wide
}

// migrate takes over the counts of a table with another shape, as far as their
// windows have the same.
func (c *cells) migrate(old *cells) {
	rates, days := old.window == c.window, old.step == c.step
	if rates {
		c.seconds = old.seconds
	}
	if days {
		c.days = old.days
	}
	if !rates && !days {
		return
	}
	for i := range old.slots {
		from := &old.slots[i]
		if from.id == 0 {
			continue
		}
		if !rates {
			old.dropRate(from)
		}
		if !days {
			from.day = 0
		}
		*c.at(from.id, from.at) = *from
	}
}
