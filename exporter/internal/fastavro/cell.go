package fastavro

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// cell is the value of one field of a [row]. The zero value is an absent or
// null field. It is a place in the row's memory rather than a slice of it: a
// scan sets dozens of cells a microsecond, and pointers would be the garbage
// collector's business each time.
type cell struct {
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

// isPresent reports whether the field has a value.
func (c cell) isPresent() bool { return c.kind != cellAbsent }

// textOf returns the value of a string field, nil for every other one and for the
// empty string.
func (r *row) textOf(c cell) []byte {
	if c.kind == cellJSON || c.from == c.to {
		return nil
	}
	return r.text[c.from:c.to]
}

// append appends the value of a cell as JSON; nothing if it is absent.
func (r *row) append(dst []byte, c cell) []byte {
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
