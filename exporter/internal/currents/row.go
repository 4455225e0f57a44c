package currents

import (
	"bytes"
	"encoding/binary"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

// Row is one record of an Avro file whose fields have been found but not
// decoded. It leads to the same result as the [Event] at a fraction of the cost,
// and takes only records without anything unusual: [ReadAvroRows] decodes the
// others.
type Row struct {
	// Event is set if the record had to be decoded; nothing below is then.
	Event *Event

	Type           string // as Event.Type; the same for every row of a file
	ID             Cell   // a string that is not empty
	ExternalUserID Cell   // a string
	DeviceID       Cell   // a string
	Properties     Cell   // a string without line breaks: custom properties
	Time           int64  // as Event.Time

	// Names are the record's fields, the same for every row of a file. Cells
	// are their values; a field that has a place above has an absent one here.
	Names []string
	Cells []Cell

	text []byte // what cells with text are places in: the record in binary
	json []byte // what the other ones are places in
}

// ReadAvroRows reads a file as [ReadAvro] does, with the same errors in the same
// places. A row and what is in it is valid until the next one is asked for.
func ReadAvroRows(name string, r io.Reader) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		read := avroReader{name: name, yield: yield, scan: true}
		read.run(r)
	}
}

// scanner finds the fields of records in the binary data. What it cannot take
// it leaves alone, without an opinion: decoding will tell what is wrong.
type scanner struct {
	row    Row
	fields []scanField
	names  int // what the fields' names add to the size of a record
}

type scanField struct {
	scan        scanOp
	role        role
	node        *avro.Node // of the value that is not null
	union       bool
	null, value byte // how the union's branches are written
}

// scanOp is how a field is scanned. The zero value is not at all.
type scanOp uint8

const (
	scanNothing scanOp = iota
	scanText
	scanRole // text as well, but of a field with a place of its own
	scanTime
	scanBoolean
	scanJSON
)

func newScanner(fields []avroField, typ string) *scanner {
	s := &scanner{row: Row{Type: typ, Cells: make([]Cell, len(fields))}}
	for i := range fields {
		f := &fields[i]
		s.row.Names = append(s.row.Names, f.name)
		s.names += len(f.name) + len(`"":"",`)
		s.fields = append(s.fields, newScanField(f))
	}
	return s
}

func newScanField(f *avroField) scanField {
	s := scanField{role: f.role, node: f.value}
	if b := f.value.Branches; f.value.Kind == avro.KindUnion && len(b) == 2 {
		switch {
		case b[0].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 0, 2, b[1]
		case b[1].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 2, 0, b[0]
		}
	}
	switch k := s.node.Kind; {
	case k == avro.KindString && (f.role == roleField || f.role == roleBrazeID):
		s.scan = scanText
	case k == avro.KindString:
		s.scan = scanRole
	case f.role == roleTime && (k == avro.KindInt || k == avro.KindLong):
		s.scan = scanTime
	case f.role != roleField:
	case k == avro.KindBoolean:
		s.scan = scanBoolean
	case isScalar(s.node), k == avro.KindArray && isList(s.node.Items):
		s.scan = scanJSON
	}
	return s
}

// isScalar reports whether a node is a number or truth value without a logical type.
func isScalar(n *avro.Node) bool {
	return n.Logical == "" && n.Kind >= avro.KindBoolean && n.Kind <= avro.KindDouble
}

// isList reports what may be in an array: values that take at least a byte each and
// have no names.
func isList(n *avro.Node) bool {
	if n.Kind == avro.KindUnion && len(n.Branches) > 0 {
		for _, b := range n.Branches {
			if b.Kind != avro.KindNull && !isList(b) {
				return false
			}
		}
		return true
	}
	return isScalar(n) || n.Kind == avro.KindString
}

// record scans the record that d.Src begins with; false if it must be decoded
// instead, however far the scan came.
func (s *scanner) record(d *avro.Datum) bool {
	row := &s.row
	row.ID, row.ExternalUserID, row.DeviceID, row.Properties, row.Time = Cell{}, Cell{}, Cell{}, Cell{}, -1
	row.text = d.Src
	d.Dst, d.Replaced = row.json[:0], false
	at := 0
	for i := range s.fields {
		f := &s.fields[i]
		if f.union {
			if at >= len(row.text) {
				return false
			}
			branch := row.text[at]
			at++
			if branch == f.null {
				row.Cells[i] = Cell{}
				continue
			}
			if branch != f.value {
				return false
			}
		}
		if f.scan == scanText { // most are
			row.Cells[i], at = s.cell(at)
		} else {
			at = s.field(d, at, i)
		}
		if at < 0 {
			return false
		}
	}
	row.json = d.Dst
	d.Src = row.text[at:]
	size := 6*at + len(d.Dst) + s.names // a byte of text becomes up to six as JSON
	return !d.Replaced && row.ID.from < row.ID.to && row.Time >= 0 && row.Time <= maxTime && size <= MaxRecord
}

// field scans the value at the given place and returns where it ends, -1 if it
// cannot.
func (s *scanner) field(d *avro.Datum, at, i int) int {
	f, cell, src := &s.fields[i], &s.row.Cells[i], s.row.text[at:]
	switch from := len(d.Dst); f.scan {
	case scanText:
		*cell, at = s.cell(at)
		return at
	case scanRole:
		return s.text(f.role, at)
	case scanTime:
		v, n := binary.Varint(src)
		if n <= 0 {
			return -1
		}
		s.row.Time = avro.Seconds(v, f.node.Logical)
		return at + n
	case scanBoolean:
		if len(src) == 0 {
			return -1
		}
		d.Dst = strconv.AppendBool(d.Dst, src[0] != 0)
		*cell = Cell{cellJSON, uint32(from), uint32(len(d.Dst))}
		return at + 1
	case scanJSON:
		d.Src = src
		if d.Value(f.node, 0); d.Err != nil {
			return -1
		}
		*cell = Cell{cellJSON, uint32(from), uint32(len(d.Dst))}
		if d.Dst[from] == 'n' { // null, for a number that JSON has not
			*cell = Cell{}
		}
		return at + len(src) - len(d.Src)
	case scanNothing:
	}
	return -1
}

// text scans a string that is not an ordinary field.
func (s *scanner) text(r role, at int) int {
	c, end := s.cell(at)
	if end < 0 {
		return -1
	}
	ok := true
	switch text := s.row.text[c.from:c.to]; r {
	case roleID:
		s.row.ID = c
	case roleExternalID:
		s.row.ExternalUserID = c
	case roleDeviceID:
		s.row.DeviceID = c
	case roleType:
		ok = len(text) == 0 || string(text) == s.row.Type
	case roleProperties:
		s.row.Properties = c
		ok = !bytes.ContainsAny(text, "\n\r")
	case roleTime, roleField, roleBrazeID: // checked, and not wanted
	}
	if !ok {
		return -1
	}
	return end
}

// cell scans a string and returns where it ends, -1 if it cannot.
func (s *scanner) cell(at int) (Cell, int) {
	src := s.row.text[at:]
	if len(src) == 0 {
		return Cell{}, -1
	}
	size, head := uint64(src[0]), 1
	if size >= 0x80 {
		if size, head = binary.Uvarint(src); head <= 0 {
			return Cell{}, -1
		}
	}
	negative := size&1 != 0
	size >>= 1
	if negative || size > uint64(len(src)-head) {
		return Cell{}, -1
	}
	text := src[head : head+int(size)]
	at += head
	c := Cell{cellPlain, uint32(at), uint32(at + len(text))}
	if !plain(text) {
		if c.kind = cellText; !utf8.Valid(text) {
			return Cell{}, -1
		}
	}
	return c, at + len(text)
}
