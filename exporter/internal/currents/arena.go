package currents

// arena allocates the values of many events at once: an allocation
// for each would cost more than decoding them. An event that is kept keeps its
// arena.
type arena struct {
	fields int // fields a record can have at most

	bytes   []byte
	free    []Field
	typical int // length of the longest record of late, up to arenaSize
}

const arenaSize = 28 << 10 // a bit more, and the runtime takes it for a large object

// take returns room for the bytes of one record; it may be outgrown.
func (s *arena) take() []byte {
	if cap(s.bytes)-len(s.bytes) < s.typical || cap(s.bytes) == 0 {
		s.bytes = make([]byte, 0, arenaSize)
	}
	return s.bytes[len(s.bytes):]
}

// takeFields returns room for the fields of one record.
func (s *arena) takeFields() []Field {
	if cap(s.free) < s.fields {
		s.free = make([]Field, max(s.fields, 32*s.fields))
	}
	return s.free[:0:s.fields]
}

// done sets how much of what was taken is in use.
func (s *arena) done(bytes, fields int) {
	if bytes <= cap(s.bytes)-len(s.bytes) {
		s.bytes = s.bytes[:len(s.bytes)+bytes]
	} else {
		s.bytes = nil // outgrown: its rest may hold the first values of the record
	}
	s.typical = min(max(bytes, s.typical-s.typical/64), arenaSize)
	s.free = s.free[min(fields, len(s.free)):]
}
