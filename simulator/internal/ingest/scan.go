package ingest

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The functions of this file know the grammar of JSON (RFC 8259) and nothing else.
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

// scanText starts behind an opening quote and returns the index of the closing one,
// and whether there are escapes in between. The text must be valid UTF-8; an escape
// may stand for half a surrogate pair.
func scanText(b []byte, i int) (end int, escaped bool) {
	for {
		for ; i+8 <= len(b); i += 8 {
			if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
		}
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
		case c < utf8.RuneSelf: // in the last bytes of the text
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return bad, false
			}
			i += n
		}
	}
}

// special marks the bytes of a word that end a plain run of a string: quotes,
// backslashes, control characters and what is beyond ASCII. The lowest mark is
// right; those above it may be wrong, because of the borrow.
func special(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return ((w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | w) & highs
}

// skipEscape starts behind a backslash.
func skipEscape(b []byte, i int) int {
	switch at(b, i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			c := at(b, i+n)
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return bad
			}
		}
		return i + 5
	}
	return bad
}

func skipNumber(b []byte, i int) int {
	if at(b, i) == '-' {
		i++
	}
	if at(b, i) == '0' {
		i++ // and no digit may follow: what follows a value is checked by the caller
	} else if i = skipDigits(b, i); i == bad {
		return bad
	}
	if at(b, i) == '.' {
		if i = skipDigits(b, i+1); i == bad {
			return bad
		}
	}
	if at(b, i)|0x20 != 'e' {
		return i
	}
	if i++; at(b, i) == '+' || at(b, i) == '-' {
		i++
	}
	return skipDigits(b, i)
}

// skipDigits wants one digit at least.
func skipDigits(b []byte, i int) int {
	from := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == from {
		return bad
	}
	return i
}

func skipWord(b []byte, i int, word string) int {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end
	}
	return bad
}
