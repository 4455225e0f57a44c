package currents

import "bytes"

// minHole is the number of bytes in which more than one record can be missing: the
// smallest events have more than a hundred.
const minHole = 100

var hole [minHole]byte

// hasHole reports whether text has a run of zero bytes that stands for records that were
// never written, as a crash or a sparse copy leaves it. What is before it and what is
// behind it are pieces of different records, even where they read as one.
func hasHole(text []byte) bool { return bytes.Contains(text, hole[:]) }

// isControl reports whether a byte is a control character that no text has.
func isControl(c byte) bool {
	switch c {
	case '\t', '\n', '\r', '\f', '\b', 0x1b:
		return false
	}
	return c < ' '
}
