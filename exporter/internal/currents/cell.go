package currents

import (
	"encoding/binary"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Cell is the value of one field of a [Row]. The zero value is an absent or
// null field. It is a place in the row's memory rather than a slice of it: a
// scan sets dozens of cells a microsecond, and pointers would be the garbage
// collector's business each time.
type Cell struct {
	kind     cellKind
	from, to uint32
}

type cellKind uint8

const (
	cellAbsent cellKind = iota
	cellPlain           // text that needs no escapes in JSON
	cellText            // any other text, valid UTF-8
	cellJSON            // JSON that is neither a string nor null
)

// Present reports whether the field has a value.
func (c Cell) Present() bool { return c.kind != cellAbsent }

// Text returns the value of a string field, nil for every other one and for the
// empty string.
func (r *Row) Text(c Cell) []byte {
	if c.kind == cellJSON || c.from == c.to {
		return nil
	}
	return r.text[c.from:c.to]
}

// Append appends the value of a cell as JSON; nothing if it is absent.
func (r *Row) Append(dst []byte, c Cell) []byte {
	switch c.kind {
	case cellPlain:
		n := len(dst)
		dst = slices.Grow(dst, int(c.to-c.from)+2)[:n+int(c.to-c.from)+2]
		dst[n], dst[len(dst)-1] = '"', '"'
		copy(dst[n+1:], r.text[c.from:c.to])
	case cellText:
		dst, _ = jsontext.AppendQuote(dst, r.text[c.from:c.to])
	case cellJSON:
		return append(dst, r.json[c.from:c.to]...)
	case cellAbsent:
	}
	return dst
}

// plain reports whether text is printable ASCII without quotes and backslashes:
// between quotes it is JSON already. It looks at eight bytes at a time.
func plain(text []byte) bool {
	if len(text) < 8 {
		for _, c := range text {
			if c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
				return false
			}
		}
		return true
	}
	special := specialBits(binary.LittleEndian.Uint64(text[len(text)-8:]))
	for ; len(text) >= 8; text = text[8:] {
		special |= specialBits(binary.LittleEndian.Uint64(text))
	}
	return special == 0
}

// specialBits is not 0 if one of eight bytes is special in a JSON string, and the
// lowest bit that is set is in the first such byte: of a byte, the highest bit is
// set if one of the subtractions of what it must not be, or be less than, borrows
// from it. That can reach the bytes above, never those below. A byte that has the
// bit already keeps it in one of the three.
func specialBits(x uint64) uint64 {
	const ones = 0x0101010101010101
	quote, backslash := x^('"'*ones), x^('\\'*ones)
	return ((x - ' '*ones) | (quote - ones) | (backslash - ones)) & (0x80 * ones)
}
