package fastavro

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/ammeter/ammeter/exporter/internal/avro"
	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// row is one record of an Avro file whose fields have been found but not decoded.
type row struct {
	id             cell  // a string that is not empty
	externalUserID cell  // a string
	deviceID       cell  // a string
	properties     cell  // a string without line breaks: custom properties
	time           int64 // as in [currents.Event]

	cells []cell // of all fields; a field that has a place above has an absent one here

	text []byte // the record in binary; cells of text are places in it
	json []byte // the other cells are places in it
}

// scanner finds the fields of records in the binary data. It returns false for a
// record that is in any way unusual.
type scanner struct {
	typ    string // of every event of the file
	row    row
	fields []scanField
	names  int // what the fields' names add to the size of a record
}

type scanField struct {
	scan        scanOp
	role        currents.Role
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

func newScanner(typ string, fields []currents.AvroField) *scanner {
	s := &scanner{typ: typ, row: row{cells: make([]cell, len(fields))}}
	for i := range fields {
		f := &fields[i]
		s.names += len(f.Name) + len(`"":"",`)
		s.fields = append(s.fields, newScanField(f))
	}
	return s
}

func newScanField(f *currents.AvroField) scanField {
	s := scanField{role: f.Role, node: f.Value}
	if b := f.Value.Branches; f.Value.Kind == avro.KindUnion && len(b) == 2 {
		switch {
		case b[0].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 0, 2, b[1]
		case b[1].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 2, 0, b[0]
		}
	}
	switch k := s.node.Kind; {
	case k == avro.KindString && (f.Role == currents.RoleField || f.Role == currents.RoleBrazeID):
		s.scan = scanText
	case k == avro.KindString:
		s.scan = scanRole
	case f.Role == currents.RoleTime && (k == avro.KindInt || k == avro.KindLong):
		s.scan = scanTime
	case f.Role != currents.RoleField:
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
	row.id, row.externalUserID, row.deviceID, row.properties, row.time = cell{}, cell{}, cell{}, cell{}, -1
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
				row.cells[i] = cell{}
				continue
			}
			if branch != f.value {
				return false
			}
		}
		if f.scan == scanText { // most are
			row.cells[i], at = s.cell(at)
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
	return !d.Replaced && row.id.from < row.id.to && row.time >= 0 && row.time <= currents.MaxTime && size <= currents.MaxRecord
}

// field scans the value at the given place and returns where it ends, -1 if it
// cannot.
func (s *scanner) field(d *avro.Datum, at, i int) int {
	f, c, src := &s.fields[i], &s.row.cells[i], s.row.text[at:]
	switch from := len(d.Dst); f.scan {
	case scanText:
		*c, at = s.cell(at)
		return at
	case scanRole:
		return s.text(f.role, at)
	case scanTime:
		v, n := binary.Varint(src)
		if n <= 0 {
			return -1
		}
		s.row.time = avro.Seconds(v, f.node.Logical)
		return at + n
	case scanBoolean:
		if len(src) == 0 {
			return -1
		}
		d.Dst = strconv.AppendBool(d.Dst, src[0] != 0)
		*c = cell{cellJSON, uint32(from), uint32(len(d.Dst))}
		return at + 1
	case scanJSON:
		d.Src = src
		if d.Value(f.node, 0); d.Err != nil {
			return -1
		}
		*c = cell{cellJSON, uint32(from), uint32(len(d.Dst))}
		if d.Dst[from] == 'n' { // null, for a number that JSON has not
			*c = cell{}
		}
		return at + len(src) - len(d.Src)
	case scanNothing:
	}
	return -1
}

// text scans a string that is not an ordinary field.
func (s *scanner) text(r currents.Role, at int) int {
	c, end := s.cell(at)
	if end < 0 {
		return -1
	}
	ok := true
	switch text := s.row.text[c.from:c.to]; r {
	case currents.RoleID:
		s.row.id = c
	case currents.RoleExternalID:
		s.row.externalUserID = c
	case currents.RoleDeviceID:
		s.row.deviceID = c
	case currents.RoleType:
		ok = len(text) == 0 || string(text) == s.typ
	case currents.RoleProperties:
		s.row.properties = c
		ok = !bytes.ContainsAny(text, "\n\r")
	case currents.RoleTime, currents.RoleField, currents.RoleBrazeID: // checked, and not wanted
	}
	if !ok {
		return -1
	}
	return end
}

// cell scans a string and returns where it ends, -1 if it cannot.
func (s *scanner) cell(at int) (cell, int) {
	src := s.row.text[at:]
	if len(src) == 0 {
		return cell{}, -1
	}
	size, head := uint64(src[0]), 1
	if size >= 0x80 {
		if size, head = binary.Uvarint(src); head <= 0 {
			return cell{}, -1
		}
	}
	negative := size&1 != 0
	size >>= 1
	if negative || size > uint64(len(src)-head) {
		return cell{}, -1
	}
	text := src[head : head+int(size)]
	at += head
	c := cell{cellPlain, uint32(at), uint32(at + len(text))}
	if !currents.IsPlain(text) {
		if c.kind = cellText; !utf8.Valid(text) {
			return cell{}, -1
		}
	}
	return c, at + len(text)
}
