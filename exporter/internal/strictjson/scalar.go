package strictjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// String returns the end of the string that begins at text[at], and whether what is
// between the quotes is the text itself: it has no escapes.
func String(text []byte, at int) (end int, plain bool) {
	if at >= len(text) {
		return Short, false
	}
	if text[at] != '"' {
		return No, false
	}
	plain = true
	for at++; ; {
		at = special(text, at)
		if at == len(text) {
			return Short, false
		}
		switch c := text[at]; {
		case c == '"':
			return at + 1, plain
		case c == '\\':
			plain = false
			size := escape(text[at:])
			if size < 0 {
				return size, false
			}
			at += size
		case c < ' ':
			return No, false
		default:
			r, size := utf8.DecodeRune(text[at:])
			switch {
			case r != utf8.RuneError || size > 1:
				at += size
			case utf8.FullRune(text[at:]):
				return No, false
			default:
				return Short, false
			}
		}
	}
}

// special returns the place of the first byte from text[at] on that is not plain.
func special(text []byte, at int) int {
	for ; len(text)-at >= 8; at += 8 {
		if found := Special(binary.LittleEndian.Uint64(text[at:])); found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for at < len(text) && text[at] >= ' ' && text[at] != '"' && text[at] != '\\' && text[at] < utf8.RuneSelf {
		at++
	}
	return at
}

// escape returns the size of the escape that text begins with. Both halves of a
// surrogate pair are one.
func escape(text []byte) int {
	if len(text) < 2 {
		return Short
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return No
	}
	switch half := hex(text[2:]); {
	case half < 0:
		return half
	case half < 0xd800 || half > 0xdfff:
		return 6
	case half > 0xdbff:
		return No
	}
	if len(text) < 8 {
		return Short
	}
	if text[6] != '\\' || text[7] != 'u' {
		return No
	}
	switch half := hex(text[8:]); {
	case half < 0:
		return half
	case half < 0xdc00 || half > 0xdfff:
		return No
	}
	return 12
}

// hex returns the number that four digits are.
func hex(text []byte) int {
	if len(text) < 4 {
		return Short
	}
	n := 0
	for _, c := range text[:4] {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return No
		}
	}
	return n
}

// Scalar returns the end of the number or the word that begins at text[at].
func Scalar(text []byte, at int) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if text[at] != word[0] {
			continue
		}
		if len(text)-at < len(word) {
			return Short
		}
		if string(text[at:at+len(word)]) != word {
			return No
		}
		return at + len(word)
	}
	return number(text, at)
}

// number returns the end of a number. At the end of the text it is not known.
func number(text []byte, at int) int {
	if text[at] == '-' {
		at++
	}
	from := at
	if at = digits(text, at); at > from+1 && text[from] == '0' {
		return No
	}
	if at == from {
		return missing(text, at)
	}
	if at < len(text) && text[at] == '.' {
		at++
		from = at
		if at = digits(text, at); at == from {
			return missing(text, at)
		}
	}
	if at < len(text) && (text[at] == 'e' || text[at] == 'E') {
		at++
		if at < len(text) && (text[at] == '+' || text[at] == '-') {
			at++
		}
		from = at
		if at = digits(text, at); at == from {
			return missing(text, at)
		}
	}
	if at == len(text) {
		return Short
	}
	return at
}

// missing returns what the lack of a digit at text[at] means.
func missing(text []byte, at int) int {
	if at == len(text) {
		return Short
	}
	return No
}

// digits returns where the digits at text[at] end.
func digits(text []byte, at int) int {
	for at < len(text) && '0' <= text[at] && text[at] <= '9' {
		at++
	}
	return at
}
