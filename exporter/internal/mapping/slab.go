package mapping

import (
	"slices"
	"strings"
)

const slabSize = 28 << 10 // a bit more, and the runtime takes it for a large object

// slab hands out memory for many records at once. What it has handed out it
// never touches again.
type slab struct {
	wire    []byte // what is free
	typical int    // length of the longest record of late, up to slabSize
	ids     strings.Builder
}

// take returns room for one record; it may be outgrown.
func (s *slab) take() []byte {
	if cap(s.wire) < s.typical || cap(s.wire) == 0 {
		s.wire = make([]byte, 0, slabSize)
	}
	return s.wire
}

// done returns the record that was appended to what take returned.
func (s *slab) done(record []byte) []byte {
	if n := len(record); n <= cap(s.wire) {
		s.wire = s.wire[n:n]
	}
	s.typical = min(max(len(record), s.typical-s.typical/64), slabSize)
	return slices.Clip(record)
}

// text returns a copy as a string.
func (s *slab) text(b []byte) string {
	if len(b) > s.ids.Cap()-s.ids.Len() {
		s.ids = strings.Builder{}
		s.ids.Grow(max(len(b), slabSize/8))
	}
	s.ids.Write(b)
	all := s.ids.String()
	return all[len(all)-len(b):]
}
