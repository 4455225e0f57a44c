package scan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The functions of this file follow the grammar of JSON (RFC 8259).
// They take a text and the index of a token's first byte and return the index
// behind the token, or bad if the token is not what it should be. They are the
// place where most of the time of a request goes.
const bad = -1

// maxNesting is how many objects and arrays may lie in each other.
const maxNesting = 10_000

func skipBlanks(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// at is the byte at an index, or 0 behind the end, which no token begins with.
func at(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// follows reports whether two bytes are at an index. It costs one comparison, where two
// calls of at cost two.
func follows(b []byte, i int, two string) bool {
	return i >= 0 && i <= len(b)-2 && string(b[i:i+2]) == two
}

// scanText starts in a string and returns the index of the closing quote, and whether
// there are escapes before it. The text must be valid UTF-8; an escape may stand for
// half a surrogate pair. Most strings are plain, so callers try skipPlain
// first, which is inlined.
func scanText(b []byte, i int) (end int, escaped bool) {
	for {
		switch c := at(b, i); {
		case c == '"':
			return i, escaped
		case c == '\\':
			escaped = true
			if i = skipEscape(b, i+1); i == bad {
				return bad, false
			}
		case c < ' ': // or the end
			return bad, false
		case c < utf8.RuneSelf:
			i = skipPlain(b, i+1)
		case c >= 0xC2 && c <= 0xDF && at(b, i+1)&0xC0 == 0x80: // two bytes, as most are
			i += 2
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return bad, false
			}
			i += n
		}
	}
}

// skipPlain returns the index of the first byte from i on that may end a plain run of
// a string. Every byte near the end of the text may.
func skipPlain(b []byte, i int) int {
	for {
		if m := specials(b, i); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
}

// specials marks those of the next eight bytes that end a plain run of a string:
// quotes, backslashes, control characters and what is beyond ASCII. The lowest mark
// is right; those above it may be wrong, because of the borrow. Near the end of the
// text all are marked. The form of the bounds is the one that needs no second check.
func specials(b []byte, i int) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	if i < 0 || i > len(b)-8 {
		return highs
	}
	w := binary.LittleEndian.Uint64(b[i : i+8])
	// The first part marks what is below 0x21 when a bit of it is flipped: control characters
	// and the quote, 0x22. What is beyond ASCII keeps its highest bit in one part at least.
	return (((w ^ ones*0x02) - ones*0x21) | ((w ^ ones*'\\') - ones)) & highs
}

// skipEscape starts behind a backslash.
func skipEscape(b []byte, i int) int {
	switch at(b, i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+4 < len(b) && hexadecimal[b[i+1]]&hexadecimal[b[i+2]]&hexadecimal[b[i+3]]&hexadecimal[b[i+4]] != 0 {
			return i + 5
		}
	}
	return bad
}

// hexadecimal is 1 for digits.
var hexadecimal = func() (set [256]byte) {
	for _, c := range "0123456789abcdefABCDEF" {
		set[c] = 1
	}
	return set
}()

func skipNumber(b []byte, i int) int {
	if at(b, i) == '-' {
		i++
	}
	if at(b, i) == '0' {
		i++ // and no digit may follow: what follows a value is checked by the caller
	} else if i = skipDigits(b, i); i == bad {
		return bad
	}
	c := at(b, i)
	if c == '.' {
		if i = skipDigits(b, i+1); i == bad {
			return bad
		}
		c = at(b, i)
	}
	if c|0x20 != 'e' {
		return i
	}
	if i++; at(b, i) == '+' || at(b, i) == '-' {
		i++
	}
	return skipDigits(b, i)
}

// skipDigits wants one digit at least. It looks at eight bytes at once as long as there are
// so many, because the length of a number is hard for the processor to predict.
func skipDigits(b []byte, i int) int {
	from := i
	for i >= 0 && i <= len(b)-8 {
		if m := nonDigits(binary.LittleEndian.Uint64(b[i : i+8])); m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			break
		}
		i += 8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == from {
		return bad
	}
	return i
}

// nonDigits marks those of eight bytes that are no digits. The lowest mark is right; those
// above it may be wrong, because of the carry.
func nonDigits(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	w ^= ones * '0' // digits become 0 to 9
	return (w + ones*(0x7F-9) | w) & highs
}

func skipWord(b []byte, i int, word string) int {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end
	}
	return bad
}
