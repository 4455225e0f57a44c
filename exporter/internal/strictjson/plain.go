package strictjson

import "encoding/binary"

// IsPlain reports whether text is printable ASCII without quotes and backslashes:
// between quotes it is JSON already. It looks at eight bytes at a time.
func IsPlain(text []byte) bool {
	if len(text) < 8 {
		for _, c := range text {
			if c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
				return false
			}
		}
		return true
	}
	special := Special(binary.LittleEndian.Uint64(text[len(text)-8:]))
	for ; len(text) >= 8; text = text[8:] {
		special |= Special(binary.LittleEndian.Uint64(text))
	}
	return special == 0
}

// Special returns a word that is not 0 if one of eight bytes is special in a JSON string, and the
// lowest bit that is set is in the first such byte: of a byte, the highest bit is
// set if one of the subtractions of what it must not be, or be less than, borrows
// from it. That can reach the bytes above, never those below. A byte that has the
// bit already keeps it in one of the three.
func Special(x uint64) uint64 {
	const ones = 0x0101010101010101
	quote, backslash := x^('"'*ones), x^('\\'*ones)
	return ((x - ' '*ones) | (quote - ones) | (backslash - ones)) & (0x80 * ones)
}
