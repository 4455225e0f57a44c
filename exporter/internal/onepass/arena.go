package onepass

import (
	"slices"
	"strings"
)

const arenaSize = 28 << 10 // a bit more, and the runtime takes it for a large object

// arena allocates many records at once. What it has returned it
// never touches again.
type arena struct {
	wire    []byte // what is free
	typical int    // length of the longest record of late, up to arenaSize
	ids     strings.Builder
}

// take returns room for one record; it may be outgrown.
func (s *arena) take() []byte {
	if cap(s.wire) < s.typical || cap(s.wire) == 0 {
		s.wire = make([]byte, 0, arenaSize)
	}
	return s.wire
}

// done returns the record that was appended to what take returned.
func (s *arena) done(record []byte) []byte {
	if n := len(record); n <= cap(s.wire) {
		s.wire = s.wire[n:n]
	}
	s.typical = min(max(len(record), s.typical-s.typical/64), arenaSize)
	return slices.Clip(record)
}

// text returns a copy as a string.
func (s *arena) text(b []byte) string {
	if len(b) > s.ids.Cap()-s.ids.Len() {
		s.ids = strings.Builder{}
		s.ids.Grow(max(len(b), arenaSize/8))
	}
	s.ids.Write(b)
	all := s.ids.String()
	return all[len(all)-len(b):]
}
