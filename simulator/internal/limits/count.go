package limits

// addRate counts an event at the second of a cell and returns the sum over the
// window.
func (c *cells) addRate(s *cell, ep Endpoint) uint32 {
	if s.id&wide == 0 {
		if s.rate == ([2]uint64{}) {
			s.id = s.id&^batch | uint64(ep)*batch
		}
		if s.endpoint() == ep && s.nibble(0) < maxNibble {
			s.rate[0]++
			return s.total()
		}
		c.widen(s)
	}
	if s.rate[ep] == 0 {
		c.giveRing(s, ep)
	}
	return c.seconds.add(uint32(s.rate[ep]-1), s.at, 1)
}

// undoRate takes back the latest event at the second of a cell.
func (c *cells) undoRate(s *cell, ep Endpoint) {
	if s.id&wide == 0 {
		s.rate[0]--
		return
	}
	c.seconds.add(uint32(s.rate[ep]-1), s.at, ^uint32(0))
}

// sumRate is the number of events in the window of a cell.
func (c *cells) sumRate(s *cell, ep Endpoint) uint32 {
	switch {
	case s.id&wide == 0 && s.endpoint() == ep:
		return s.total()
	case s.id&wide == 0 || s.rate[ep] == 0:
		return 0
	}
	return c.seconds.ring(uint32(s.rate[ep] - 1))[0]
}

// widen replaces the nibbles of a cell by rings.
func (c *cells) widen(s *cell) {
	old := *s
	s.rate, s.id = [2]uint64{}, s.id|wide
	if old.rate == s.rate {
		return
	}
	number := c.giveRing(s, old.endpoint())
	for age := range uint32(nibbles) {
		if n := old.nibble(age); n > 0 {
			c.seconds.add(number, s.at-age, n)
		}
	}
}

// giveRing gives a wide cell an empty ring for an endpoint.
func (c *cells) giveRing(s *cell, ep Endpoint) uint32 {
	number := c.secondRing(s.at)
	// Looking for a ring may have found that the others of this cell are not
	// needed, and made it narrow.
	s.id |= wide
	s.rate[ep] = 1 + uint64(number)
	return number
}

// addDay counts an event at the second of a cell and returns the sum over the day.
func (c *cells) addDay(s *cell) uint32 {
	if s.day&ringBit == 0 {
		s.day++
		return s.day
	}
	return c.days.add(s.day&^ringBit, s.at/c.step, 1)
}

// undoDay takes back the latest event at the second of a cell.
func (c *cells) undoDay(s *cell) {
	if s.day&ringBit == 0 {
		s.day--
		return
	}
	c.days.add(s.day&^ringBit, s.at/c.step, ^uint32(0))
}

// sumDay is the number of events in the day of a cell.
func (c *cells) sumDay(s *cell) uint32 {
	if s.day&ringBit == 0 {
		return s.day
	}
	return c.days.ring(s.day &^ ringBit)[0]
}

// secondRing and dayRing return an empty ring. Before there are many more of them,
// they look for cells that hold on to rings without need.
func (c *cells) secondRing(now uint32) uint32 {
	c.reclaim(&c.seconds, now)
	return c.seconds.get()
}

func (c *cells) dayRing(now uint32) uint32 {
	c.reclaim(&c.days, now)
	return c.days.get()
}

func (c *cells) reclaim(s *arena, now uint32) {
	if len(s.free) > 0 || s.inUse() < c.sweepAt {
		return
	}
	for i := range c.slots {
		if c.slots[i].id != 0 {
			c.empty(&c.slots[i], now)
		}
	}
	c.sweepAt = max(minSweep, 2*max(c.seconds.inUse(), c.days.inUse()))
}
