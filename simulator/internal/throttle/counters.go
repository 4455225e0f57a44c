package throttle

import "math/bits"

// counters counts events per key over a sliding window of buckets. A step is the
// number of a bucket's time span since the epoch.
//
// It holds no pointer per key, so that the garbage collector has nothing to walk:
// a flat table with linear probing and, for the few keys that were seen in more
// than one step of the window, a slab of rings. A key whose window has run empty
// equals a key never seen and gives way when the table would grow.
//
// It is not safe for concurrent use.
type counters struct {
	buckets uint32
	slots   []slot // a power of two
	used    int
	rings   []uint32 // buckets+1 words each: the sum, then the buckets by step modulo
	free    []uint32 // numbers of unused rings
}

// slot is the state of one key. Most keys need no ring: all their events fell
// into one step.
type slot struct {
	key uint64 // 0: empty
	at  uint32 // newest step
	n   uint32 // the count, or ringBit and the number of a ring
}

const (
	ringBit   = 1 << 31
	leastSize = 16
)

func newCounters(buckets int) *counters {
	return &counters{buckets: uint32(buckets), slots: make([]slot, leastSize)}
}

// add counts n events of a key at a step and returns the sum over the window. A
// step before the newest one of the key counts as the newest.
func (c *counters) add(key uint64, step, n uint32) uint32 {
	s := c.find(key, step)
	if s.at < step {
		c.roll(s, step)
	}
	if s.n&ringBit == 0 {
		s.n += n
		return s.n
	}
	ring := c.ring(s.n)
	ring[0] += n
	ring[1+s.at%c.buckets] += n
	return ring[0]
}

// undo takes back an add that was the last one to move the key's newest step.
func (c *counters) undo(key uint64, n uint32) {
	s, found := c.look(key)
	if !found {
		return
	}
	if s.n&ringBit == 0 {
		s.n -= n
		return
	}
	ring := c.ring(s.n)
	ring[0] -= n
	ring[1+s.at%c.buckets] -= n
}

// sum returns the events of a key in the window that ends with step.
func (c *counters) sum(key uint64, step uint32) uint32 {
	s, found := c.look(key)
	if !found {
		return 0
	}
	if s.at < step {
		c.roll(s, step)
	}
	if s.n&ringBit == 0 {
		return s.n
	}
	return c.ring(s.n)[0]
}

// roll moves the window of a key forward to a later step.
func (c *counters) roll(s *slot, step uint32) {
	switch {
	case step-s.at >= c.buckets:
		c.drop(s)
		s.at, s.n = step, 0
	case s.n == 0:
		s.at = step
	case s.n&ringBit == 0:
		s.n = c.spread(s.n, s.at)
		c.clear(s, step)
	default:
		c.clear(s, step)
	}
}

// clear empties the buckets between the newest step of a ring and a later one.
func (c *counters) clear(s *slot, step uint32) {
	ring := c.ring(s.n)
	for s.at < step {
		s.at++
		old := &ring[1+s.at%c.buckets]
		ring[0] -= *old
		*old = 0
	}
	if ring[0] == 0 {
		c.drop(s)
		s.n = 0
	}
}

// spread gives a count a ring of its own.
func (c *counters) spread(n, at uint32) uint32 {
	var number uint32
	if last := len(c.free) - 1; last >= 0 {
		number, c.free = c.free[last], c.free[:last]
	} else {
		number = uint32(len(c.rings)) / (c.buckets + 1)
		c.rings = append(c.rings, make([]uint32, c.buckets+1)...)
	}
	ring := c.ring(number)
	ring[0], ring[1+at%c.buckets] = n, n
	return ringBit | number
}

func (c *counters) ring(ref uint32) []uint32 {
	size := int(c.buckets) + 1
	from := int(ref&^ringBit) * size
	return c.rings[from : from+size]
}

// drop takes the ring of a slot back, if it has one.
func (c *counters) drop(s *slot) {
	if s.n&ringBit != 0 {
		clear(c.ring(s.n))
		c.free = append(c.free, s.n&^ringBit)
	}
}

func (c *counters) home(key uint64) uint64 {
	// The low bits choose the shard, so the table goes by the high ones.
	return key >> (64 - bits.Len(uint(len(c.slots)-1)))
}

// look finds the slot of a key, or the empty one where it belongs.
func (c *counters) look(key uint64) (*slot, bool) {
	mask := uint64(len(c.slots) - 1)
	for i := c.home(key); ; i = (i + 1) & mask {
		switch s := &c.slots[i]; s.key {
		case key:
			return s, true
		case 0:
			return s, false
		}
	}
}

// find returns the slot of a key and makes it if need be.
func (c *counters) find(key uint64, step uint32) *slot {
	s, found := c.look(key)
	if found {
		return s
	}
	if c.used+1 > len(c.slots)/8*7 {
		c.rebuild(step)
		s, _ = c.look(key)
	}
	c.used++
	*s = slot{key: key, at: step}
	return s
}

// rebuild drops the keys whose window is empty, and resizes the table to hold the
// others with room to grow.
func (c *counters) rebuild(step uint32) {
	live := 0
	for i := range c.slots {
		if c.live(&c.slots[i], step) {
			live++
		}
	}
	size := leastSize
	for size/2 < live+1 {
		size *= 2
	}
	old := c.slots
	c.slots, c.used = make([]slot, size), live
	for i := range old {
		s := &old[i]
		if s.key == 0 {
			continue
		}
		if !c.live(s, step) {
			c.drop(s)
			continue
		}
		to, _ := c.look(s.key)
		*to = *s
	}
	if len(c.free) == len(c.rings)/int(c.buckets+1) {
		c.rings, c.free = nil, nil
	}
}

// live reports whether a slot differs from that of a key never seen.
func (c *counters) live(s *slot, step uint32) bool {
	return s.key != 0 && s.n != 0 && (s.at >= step || step-s.at < c.buckets)
}
