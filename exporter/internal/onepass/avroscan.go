package onepass

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/ammeter/ammeter/exporter/internal/avro"
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// avroScanner finds the fields of records in the binary data. It returns false for a
// record that is in any way unusual.
type avroScanner struct {
	typ    string // of every event of the file
	row    row
	fields []scanField
	names  int // what the fields' names add to the size of a record
}

type scanField struct {
	scan        scanOp
	role        currents.Role
	sent        bool       // it has a route
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

// newAvroScanner returns a scanner of fields that take these routes.
func newAvroScanner(typ string, fields []currents.AvroField, routes []*mapping.Route) *avroScanner {
	s := &avroScanner{typ: typ}
	for i := range fields {
		f := &fields[i]
		s.names += len(f.Name) + len(`"":"",`)
		s.fields = append(s.fields, newScanField(f, routes[i] != nil))
	}
	return s
}

func newScanField(f *currents.AvroField, sent bool) scanField {
	s := scanField{role: f.Role, sent: sent, node: f.Value}
	if b := f.Value.Branches; f.Value.Kind == avro.KindUnion && len(b) == 2 {
		switch {
		case b[0].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 0, 2, b[1]
		case b[1].Kind == avro.KindNull:
			s.union, s.null, s.value, s.node = true, 2, 0, b[0]
		}
	}
	switch k := s.node.Kind; {
	case k == avro.KindString && f.Role == currents.RoleField:
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
func (s *avroScanner) record(d *avro.Datum) bool {
	row := &s.row
	row.reset(d.Src)
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
				continue
			}
			if branch != f.value {
				return false
			}
		}
		if f.scan == scanText { // most are
			var c cell
			if c, at = s.cell(at); f.sent {
				row.fields = append(row.fields, field{uint32(i), c})
			}
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
func (s *avroScanner) field(d *avro.Datum, at, i int) int {
	f, src := &s.fields[i], s.row.text[at:]
	switch from := len(d.Dst); f.scan {
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
		s.json(d, from, i)
		return at + 1
	case scanJSON:
		d.Src = src
		if d.Value(f.node, 0); d.Err != nil {
			return -1
		}
		s.json(d, from, i)
		return at + len(src) - len(d.Src)
	case scanNothing, scanText:
	}
	return -1
}

// json adds the field that was decoded to d.Dst from the given place on. A number that
// JSON has not is null there.
func (s *avroScanner) json(d *avro.Datum, from, i int) {
	if s.fields[i].sent && d.Dst[from] != 'n' {
		s.row.fields = append(s.row.fields, field{uint32(i), cell{cellJSON, uint32(from), uint32(len(d.Dst))}})
	}
}

// text scans a string that is not an ordinary field.
func (s *avroScanner) text(r currents.Role, at int) int {
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
		s.row.custom, s.row.hasCustom = text, true
		ok = !bytes.ContainsAny(text, "\n\r")
	case currents.RoleBrazeID:
		s.row.brazeID = c
	case currents.RoleTime, currents.RoleField: // checked, and not wanted
	}
	if !ok {
		return -1
	}
	return end
}

// cell scans a string and returns where it ends, -1 if it cannot.
func (s *avroScanner) cell(at int) (cell, int) {
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
	if !strictjson.IsPlain(text) {
		if c.kind = cellText; !utf8.Valid(text) {
			return cell{}, -1
		}
	}
	return c, at + len(text)
}
