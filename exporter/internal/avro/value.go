package avro

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Value writes one value as JSON. Numbers keep their exact value: a float is
// written with the fewest digits that give the same float32, a double the same
// float64; NaN and the infinities, which JSON has not, become null. Bytes and
// fixed become strings with one character a byte, as Avro's own JSON encoding
// has them. Logical types become what a reader of JSON expects, see logical.
func (d *Datum) Value(n *Node, depth int) {
	if n = d.Branch(n); d.Err != nil {
		return
	}
	if depth > maxNesting || len(d.Dst) > maxDatum {
		d.Err = errors.New("the record is nested too deeply or too large")
		return
	}
	switch n.Kind {
	case KindNull:
		d.Dst = append(d.Dst, "null"...)
	case KindBoolean:
		d.boolean()
	case KindInt, KindLong:
		d.Dst = appendInteger(d.Dst, d.Long(), n.Logical)
	case KindFloat:
		d.Dst = appendFloat(d.Dst, d.float(32), 32)
	case KindDouble:
		d.Dst = appendFloat(d.Dst, d.float(64), 64)
	case KindString:
		d.str()
	case KindBytes:
		d.Dst = appendBytes(d.Dst, d.Bytes(), n)
	case KindFixed:
		d.Dst = appendBytes(d.Dst, d.take(int64(n.size)), n)
	case KindEnum:
		d.enum(n)
	case KindArray, KindMap:
		d.collection(n, depth)
	case KindRecord:
		d.record(n, depth)
	case KindUnion: // branch has taken it off
	}
}

func (d *Datum) boolean() {
	switch b := d.take(1); {
	case b == nil:
	case b[0] == 0:
		d.Dst = append(d.Dst, "false"...)
	default:
		d.Dst = append(d.Dst, "true"...)
	}
}

func (d *Datum) str() {
	b := d.Bytes()
	d.Replaced = d.Replaced || !utf8.Valid(b)
	d.Dst, _ = jsontext.AppendQuote(d.Dst, b) // replaces what is not
}

func (d *Datum) enum(n *Node) {
	i := d.Long()
	if d.Err == nil && (i < 0 || i >= int64(len(n.symbols))) {
		d.Err = errors.New("an enum has no such symbol")
	}
	if d.Err == nil {
		d.Dst = append(d.Dst, n.symbols[i]...)
	}
}

func (d *Datum) collection(n *Node, depth int) {
	opening, closing := byte('['), byte(']')
	if n.Kind == KindMap {
		opening, closing = '{', '}'
	}
	d.Dst = append(d.Dst, opening)
	open := len(d.Dst)
	d.items(func() {
		if n.Kind == KindMap {
			d.str()
			d.Dst = append(d.Dst, ':')
		}
		d.Value(n.Items, depth+1)
		d.Dst = append(d.Dst, ',')
	})
	d.close(open, closing)
}

func (d *Datum) record(n *Node, depth int) {
	d.Dst = append(d.Dst, '{')
	open := len(d.Dst)
	for i := range n.members {
		d.Dst = append(d.Dst, n.members[i].name...)
		if d.Value(n.members[i].value, depth+1); d.Err != nil {
			return
		}
		d.Dst = append(d.Dst, ',')
	}
	d.close(open, '}')
}

// close puts the closing bracket over the last comma.
func (d *Datum) close(open int, closing byte) {
	if len(d.Dst) > open {
		d.Dst = d.Dst[:len(d.Dst)-1]
	}
	d.Dst = append(d.Dst, closing)
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
