package currents

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// value writes one value as JSON. Numbers keep their exact value: a float is
// written with the fewest digits that give the same float32, a double the same
// float64; NaN and the infinities, which JSON has not, become null. Bytes and
// fixed become strings with one character a byte, as Avro's own JSON encoding
// has them. Logical types become what a reader of JSON expects, see logical.
func (d *datum) value(n *node, depth int) {
	if n = d.branch(n); d.err != nil {
		return
	}
	if depth > maxNesting || len(d.dst) > maxDatum {
		d.err = errors.New("the record is nested too deeply or too large")
		return
	}
	switch n.kind {
	case kindNull:
		d.dst = append(d.dst, "null"...)
	case kindBoolean:
		d.boolean()
	case kindInt, kindLong:
		d.dst = appendInteger(d.dst, d.long(), n.logical)
	case kindFloat:
		d.dst = appendFloat(d.dst, d.float(32), 32)
	case kindDouble:
		d.dst = appendFloat(d.dst, d.float(64), 64)
	case kindString:
		d.str()
	case kindBytes:
		d.dst = appendBytes(d.dst, d.bytes(), n)
	case kindFixed:
		d.dst = appendBytes(d.dst, d.take(int64(n.size)), n)
	case kindEnum:
		d.enum(n)
	case kindArray, kindMap:
		d.collection(n, depth)
	case kindRecord:
		d.record(n, depth)
	case kindUnion: // branch has taken it off
	}
}

func (d *datum) boolean() {
	switch b := d.take(1); {
	case b == nil:
	case b[0] == 0:
		d.dst = append(d.dst, "false"...)
	default:
		d.dst = append(d.dst, "true"...)
	}
}

func (d *datum) str() {
	b := d.bytes()
	d.replaced = d.replaced || !utf8.Valid(b)
	d.dst, _ = jsontext.AppendQuote(d.dst, b) // replaces what is not
}

func (d *datum) enum(n *node) {
	i := d.long()
	if d.err == nil && (i < 0 || i >= int64(len(n.symbols))) {
		d.err = errors.New("an enum has no such symbol")
	}
	if d.err == nil {
		d.dst = append(d.dst, n.symbols[i]...)
	}
}

func (d *datum) collection(n *node, depth int) {
	opening, closing := byte('['), byte(']')
	if n.kind == kindMap {
		opening, closing = '{', '}'
	}
	d.dst = append(d.dst, opening)
	open := len(d.dst)
	d.items(func() {
		if n.kind == kindMap {
			d.str()
			d.dst = append(d.dst, ':')
		}
		d.value(n.items, depth+1)
		d.dst = append(d.dst, ',')
	})
	d.close(open, closing)
}

func (d *datum) record(n *node, depth int) {
	d.dst = append(d.dst, '{')
	open := len(d.dst)
	for i := range n.members {
		d.dst = append(d.dst, n.members[i].name...)
		if d.value(n.members[i].value, depth+1); d.err != nil {
			return
		}
		d.dst = append(d.dst, ',')
	}
	d.close(open, '}')
}

// close puts the closing bracket over the last comma.
func (d *datum) close(open int, closing byte) {
	if len(d.dst) > open {
		d.dst = d.dst[:len(d.dst)-1]
	}
	d.dst = append(d.dst, closing)
}

// appendFloat appends a number as JavaScript writes it.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if i := bytes.IndexByte(dst[from:], 'e'); i >= 0 && dst[from+i+2] == '0' {
		dst = append(dst[:from+i+2], dst[from+i+3:]...) // e-07 is e-7
	}
	return dst
}
