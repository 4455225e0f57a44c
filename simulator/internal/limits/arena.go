package limits

// arena holds rings of one size. A ring is the sum of its buckets, and then
// the buckets by step modulo their number.
type arena struct {
	buckets uint32
	words   []uint32
	free    []uint32 // numbers of unused rings, which are all zero
}

// get returns the number of an empty ring.
func (s *arena) get() uint32 {
	if last := len(s.free) - 1; last >= 0 {
		number := s.free[last]
		s.free = s.free[:last]
		return number
	}
	number := uint32(len(s.words)) / (s.buckets + 1)
	s.words = append(s.words, make([]uint32, s.buckets+1)...)
	return number
}

// put takes a ring back.
func (s *arena) put(number uint32) {
	clear(s.ring(number))
	s.free = append(s.free, number)
}

func (s *arena) ring(number uint32) []uint32 {
	size := int(s.buckets) + 1
	from := int(number) * size
	return s.words[from : from+size]
}

// inUse is the number of rings that are not free.
func (s *arena) inUse() int { return len(s.words)/(int(s.buckets)+1) - len(s.free) }

// trim gives the memory back when no ring is in use.
func (s *arena) trim() {
	if s.inUse() == 0 {
		s.words, s.free = nil, nil
	}
}

// add counts events in a step.
func (s *arena) add(number, step, n uint32) uint32 {
	ring := s.ring(number)
	ring[0] += n
	ring[1+step%s.buckets] += n
	return ring[0]
}

// forget empties the buckets of the steps after one, up to another.
func (s *arena) forget(number, after, to uint32) (sum uint32) {
	ring := s.ring(number)
	if to-after >= s.buckets {
		clear(ring)
		return 0
	}
	for step := after + 1; step <= to; step++ {
		old := &ring[1+step%s.buckets]
		ring[0] -= *old
		*old = 0
	}
	return ring[0]
}

// spent reports whether all buckets of a ring that ends with a step will have left
// the window at a later step.
func (s *arena) spent(number, last, later uint32) bool {
	ring := s.ring(number)
	for age := later - last; age < s.buckets; age++ {
		if step := later - age; ring[1+step%s.buckets] > 0 {
			return false
		}
	}
	return true
}
