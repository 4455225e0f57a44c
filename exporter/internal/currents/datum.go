package currents

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDatum bounds the JSON of one record: a file may claim an array of a
// billion nulls in a few bytes.
const maxDatum = 16 * MaxRecord

// datum reads binary Avro from src and writes JSON to dst.
type datum struct {
	src  []byte
	dst  []byte
	size int   // bytes of the record read so far, as JSON and as text
	err  error // src cannot be followed any further
	// replaced is set when a string was not UTF-8.
	replaced bool
}

// member reads one field of the event's record into the eventBuilder.
func (d *datum) member(a *eventBuilder, f *planField) error {
	n := d.branch(f.value)
	if d.err != nil || n.kind == kindNull {
		return d.err
	}
	switch {
	case f.role == roleTime && (n.kind == kindLong || n.kind == kindInt):
		return a.setSeconds(seconds(d.long(), n.logical))
	case f.role != roleField && f.role != roleBrazeID && n.kind == kindString:
		d.text(a, f.role)
		return nil
	}
	from := len(d.dst)
	d.replaced = false
	d.value(n, 0)
	if d.err != nil {
		return d.err
	}
	value := jsontext.Value(d.dst[from:len(d.dst):len(d.dst)])
	d.size += len(value) + len(f.name) + 4
	// Names of nested records and keys of maps may occur twice in Avro.
	if k := value.Kind(); (k == jsontext.KindBeginObject || k == jsontext.KindBeginArray) && !value.IsValid() {
		clean, _, ok := Mend(value)
		if !ok {
			panic("currents: a value that was written is no JSON")
		}
		value = clean
	}
	return a.add(f.role, f.name, value, d.replaced)
}

// text reads a string with a role without a detour through JSON.
func (d *datum) text(a *eventBuilder, r role) {
	b := d.bytes()
	d.size += len(b)
	switch {
	case d.err != nil:
	case r == roleProperties:
		a.propertiesText, a.replacedProps = unicode(b)
		a.propertiesSet = true
	case len(b) > 0:
		text, replaced := unicode(b)
		a.setText(r, text, replaced)
	}
}

var errShort = errors.New("the block ends inside it")

// branch returns the value's schema: of a union the branch that is written.
func (d *datum) branch(n *node) *node {
	for n.kind == kindUnion { // a union holds no union, but that is for the parser to know
		i := d.long()
		if d.err != nil {
			return nil
		}
		if i < 0 || i >= int64(len(n.branches)) {
			d.err = errors.New("a union has no such branch")
			return nil
		}
		n = n.branches[i]
	}
	return n
}

// long reads an int or a long.
func (d *datum) long() int64 {
	v, n := binary.Varint(d.src)
	if n <= 0 {
		d.err = errShort
		if n < 0 {
			d.err = errors.New("a number is damaged")
		}
		return 0
	}
	d.src = d.src[n:]
	return v
}

// take reads n bytes.
func (d *datum) take(n int64) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > int64(len(d.src)) {
		d.err = errShort
		return nil
	}
	b := d.src[:n]
	d.src = d.src[n:]
	return b
}

// bytes reads a string or bytes.
func (d *datum) bytes() []byte { return d.take(d.long()) }

// float reads a float or a double.
func (d *datum) float(bits int) float64 {
	b := d.take(int64(bits / 8))
	switch {
	case b == nil:
		return 0
	case bits == 32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// items reads the blocks of an array or map.
func (d *datum) items(each func()) {
	for d.err == nil {
		count := d.long()
		if count < 0 {
			count = -count
			d.long() // the size in bytes, for readers that skip
		}
		if d.err != nil || count == 0 {
			return
		}
		if count < 0 {
			d.err = errors.New("a count is damaged")
			return
		}
		for range count {
			each()
			if d.err != nil {
				return
			}
		}
	}
}
