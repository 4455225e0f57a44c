package avro

import (
	"encoding/binary"
	"errors"
	"math"
)

// maxDatum bounds the JSON of one record: a file may claim an array of a
// billion nulls in a few bytes.
const maxDatum = 16 << 20

// Datum reads binary Avro from Src and writes JSON to Dst.
type Datum struct {
	Src []byte
	Dst []byte
	Err error // Src cannot be followed any further
	// Replaced is set when a string was not UTF-8.
	Replaced bool
}

var errShort = errors.New("the block ends inside it")

// Branch returns the value's schema: of a union the branch that is written.
func (d *Datum) Branch(n *Node) *Node {
	for n.Kind == KindUnion { // a union holds no union, but that is for the parser to know
		i := d.Long()
		if d.Err != nil {
			return nil
		}
		if i < 0 || i >= int64(len(n.Branches)) {
			d.Err = errors.New("a union has no such branch")
			return nil
		}
		n = n.Branches[i]
	}
	return n
}

// Long reads an int or a long.
func (d *Datum) Long() int64 {
	v, n := binary.Varint(d.Src)
	if n <= 0 {
		d.Err = errShort
		if n < 0 {
			d.Err = errors.New("a number is damaged")
		}
		return 0
	}
	d.Src = d.Src[n:]
	return v
}

// take reads n bytes.
func (d *Datum) take(n int64) []byte {
	if d.Err != nil {
		return nil
	}
	if n < 0 || n > int64(len(d.Src)) {
		d.Err = errShort
		return nil
	}
	b := d.Src[:n]
	d.Src = d.Src[n:]
	return b
}

// Bytes reads a string or bytes.
func (d *Datum) Bytes() []byte { return d.take(d.Long()) }

// float reads a float or a double.
func (d *Datum) float(bits int) float64 {
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
func (d *Datum) items(each func()) {
	for d.Err == nil {
		count := d.Long()
		if count < 0 {
			count = -count
			d.Long() // the size in bytes, for readers that skip
		}
		if d.Err != nil || count == 0 {
			return
		}
		if count < 0 {
			d.Err = errors.New("a count is damaged")
			return
		}
		for range count {
			each()
			if d.Err != nil {
				return
			}
		}
	}
}
