package limits

import "math/bits"

// cell is the state of one key in half a cache line. It holds no pointer, so that
// the garbage collector has nothing to walk.
//
// Few keys need a full window. Up to 15 events a second at one endpoint fit into
// counters of four bits (nibbles), and a day whose events fall into one step is a number. Others
// get rings, whose numbers the cell then holds.
type cell struct {
	id   uint64    // the key, with flags in the bits that are the same for a whole part; 0: empty
	at   uint32    // newest second in which the key was counted
	day  uint32    // events in the step of at, or ringBit and the number of a ring
	rate [2]uint64 // nibbles, that of at in the lowest bits of [0]; or rings, see wide
}

// Flags of a cell.
const (
	// wide means that rate[ep] is 0 or 1 + the number of the ring of an endpoint.
	wide = 1 << iota
	// batch means that the nibbles are those of Batch, otherwise of HTTPAPI.
	batch

	flagBits = parts - 1
	ringBit  = 1 << 31

	nibbles   = 32
	maxNibble = 15
)

// is reports whether the cell is that of a key.
func (s *cell) is(key uint64) bool { return (s.id^key)&^flagBits == 0 }

// endpoint is the one whose events the nibbles count.
func (s *cell) endpoint() Endpoint { return Endpoint(s.id & batch / batch) }

// shift moves the nibbles by the seconds that have gone by.
func (s *cell) shift(seconds uint32) {
	switch by := 4 * seconds; {
	case seconds >= nibbles:
		s.rate = [2]uint64{}
	case by >= 64:
		s.rate[1], s.rate[0] = s.rate[0]<<(by-64), 0
	default:
		s.rate[1] = s.rate[1]<<by | s.rate[0]>>(64-by)
		s.rate[0] <<= by
	}
}

// total is the sum of the nibbles.
func (s *cell) total() uint32 { return sumNibbles(s.rate[0]) + sumNibbles(s.rate[1]) }

func sumNibbles(w uint64) uint32 {
	const even, ones = 0x0F0F0F0F0F0F0F0F, 0x0101010101010101
	// Pairs first, then all eight bytes at once: at most 16 times 15, which is
	// less than a byte holds.
	w = w&even + w>>4&even
	return uint32(w * ones >> 56)
}

// nibble is the count of a second, by its age.
func (s *cell) nibble(age uint32) uint32 {
	return uint32(s.rate[age/16]>>(age%16*4)) & maxNibble
}

// newest is the age of the newest nibble that is not zero; there is one.
func (s *cell) newest() uint32 {
	if s.rate[0] != 0 {
		return uint32(bits.TrailingZeros64(s.rate[0])) / 4
	}
	return 16 + uint32(bits.TrailingZeros64(s.rate[1]))/4
}
