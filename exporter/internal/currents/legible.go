package currents

import "unicode/utf8"

// maxNested is how deep custom properties may be nested. The parser takes JSON of 10,000
// levels, and in a Custom HTTP event two of them are around the custom properties.
const maxNested = 9_998

// illegible stands for what cannot be read. It is no UTF-8, so that it is replaced and
// counted like any other text that is not Unicode.
const illegible = 0xff

// legible returns JSON with what the parser refuses although its meaning is clear in a
// form that it takes: raw control characters in strings as escapes; escapes that JSON has
// not as illegible; and values inside outer objects that are nested deeper than maxNested as
// a string that is. All else stays as it is, broken JSON as well.
func legible(text []byte, outer int) []byte {
	out := make([]byte, 0, len(text)+len(text)/8)
	depth, start, deep := 0, 0, false // start is where the value inside the outer objects begins
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '"':
			var size int
			out, size = appendLegible(out, text[i:])
			i += size
			continue
		case '{', '[':
			if depth++; depth == outer+1 {
				start, deep = len(out), false
			}
			deep = deep || depth > outer+maxNested
			out = append(out, c)
		case '}', ']':
			out = append(out, c)
			if depth == outer+1 && deep {
				out = append(out[:start], '"', illegible, '"')
			}
			depth--
		default:
			out = append(out, c)
		}
		i++
	}
	return out
}

// appendLegible appends the string that text begins with, and returns its size.
func appendLegible(out, text []byte) (all []byte, size int) {
	out = append(out, '"')
	for i := 1; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			return append(out, c), i + 1
		case c == '\\':
			size, ok := escape(text[i:])
			if ok {
				out = append(out, text[i:i+size]...)
			} else {
				out = append(out, illegible)
			}
			i += size
		case c < ' ':
			const hex = "0123456789abcdef"
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return out, len(text)
}

// escape returns the size of the escape that text begins with, and whether JSON has it.
func escape(text []byte) (size int, ok bool) {
	if len(text) < 2 {
		return len(text), false
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, true
	case 'u':
		size = 2
		for size < min(6, len(text)) && isHex(text[size]) {
			size++
		}
		return size, size == 6
	}
	_, size = utf8.DecodeRune(text[1:])
	return 1 + size, false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
