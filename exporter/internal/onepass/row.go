package onepass

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// row is one record whose fields have been found but not decoded.
type row struct {
	id             cell  // a string that is not empty
	externalUserID cell  // a string
	deviceID       cell  // a string
	brazeID        cell  // any value
	time           int64 // as in [currents.Event]

	custom    []byte // custom properties as JSON text without line breaks
	hasCustom bool

	fields []field // the other ones that are not null, in the order of the input

	text []byte // the record; cells of text are places in it
	json []byte // the other cells are places in it
}

// reset empties the row for another record.
func (r *row) reset(text []byte) {
	r.id, r.externalUserID, r.deviceID, r.brazeID = cell{}, cell{}, cell{}, cell{}
	r.time, r.hasCustom, r.fields, r.text = -1, false, r.fields[:0], text
}

// field is a field with a value.
type field struct {
	route uint32 // its place in the routes of its type
	cell
}

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
	cellPlain           // what is between the quotes of a JSON string: text that needs no escapes, or has them
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
