package onepass

import (
	"bytes"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// jsonScanner finds the fields of JSON records, flat ones and those of Custom HTTP, in
// their text. It follows the decoder of package currents, and gives up where a record is
// in any way unusual.
type jsonScanner struct {
	row    row
	names  names
	values strictjson.Scanner

	typ        cell  // event_type
	properties value // the member "properties" when it is no Custom HTTP object
	custom     value // custom_properties or purchase_properties

	flat       bool // a storage field was seen at the top level
	customHTTP bool // a "user" object was seen
	inline     bool // "properties" was seen as an object with the storage fields
}

// value is the value of a member.
type value struct {
	cell
	escaped bool // a string with escapes
}

func newJSONScanner() *jsonScanner { return &jsonScanner{names: newNames()} }

// record scans the record that text begins with, and returns its size or a result of
// package strictjson in place of it.
func (s *jsonScanner) record(text []byte) int {
	s.row.reset(text)
	s.row.json = text
	s.typ, s.properties, s.custom = cell{}, value{}, value{}
	s.flat, s.customHTTP, s.inline = false, false, false
	s.names.record++
	end := s.object(0, levelTop)
	if end > 0 && (!s.row.id.isPresent() || s.row.time < 0) {
		return strictjson.No
	}
	return end
}

// object scans the object at the given place and returns its end.
func (s *jsonScanner) object(at int, in level) int {
	text := s.row.text
	if at = strictjson.Blanks(text, at+1); at < len(text) && text[at] == '}' {
		return at + 1
	}
	for at < len(text) {
		found, expected := s.names.expected(text[at:])
		if expected {
			at = strictjson.Blanks(text, at+len(s.names.all[found].text))
		} else {
			end, plain := strictjson.String(text, at)
			if end < 0 {
				return end
			}
			if !plain {
				return strictjson.No
			}
			if found = s.names.find(text[at:end]); found < 0 {
				return strictjson.No
			}
			if at = strictjson.Behind(text, end, ':'); at < 0 {
				return at
			}
		}
		if !s.names.take(found, in) {
			return strictjson.No
		}
		if at = s.member(at, in, found); at < 0 {
			return at
		}
		if at = strictjson.Blanks(text, at); at == len(text) {
			return strictjson.Short
		}
		switch text[at] {
		case '}':
			return at + 1
		case ',':
			at = strictjson.Blanks(text, at+1)
		default:
			return strictjson.No
		}
	}
	return strictjson.Short
}

// member scans the value of a member and returns its end.
func (s *jsonScanner) member(at int, in level, found int) int {
	text, name := s.row.text, &s.names.all[found]
	if at >= len(text) {
		return strictjson.Short
	}
	if in == levelTop {
		switch {
		case name.part == partEvents:
			return strictjson.No
		case name.part == partUser && text[at] == '{':
			s.customHTTP = true
			return s.object(at, levelUser)
		case name.part == partProperties && text[at] == '{':
			return s.storageFields(at)
		}
	}
	v, end := s.value(at)
	if end < 0 {
		return end
	}
	if in == levelProperties && name.part == partCustom {
		if v.isPresent() {
			s.custom = v
		}
		return end
	}
	if text[at] == '{' {
		v = s.unwrapped(at, end)
	}
	if !s.add(name.role, in, found, v) {
		return strictjson.No
	}
	return end
}

// storageFields scans the object "properties".
func (s *jsonScanner) storageFields(at int) int {
	before := len(s.row.fields)
	if at = s.object(at, levelProperties); at < 0 {
		return at
	}
	inside := s.row.fields[before:]
	if len(inside) == 1 && s.names.all[inside[0].route].part == partString && inside[0].kind == cellPlain {
		c := inside[0].cell
		s.properties = value{c, bytes.IndexByte(s.row.text[c.from:c.to], '\\') >= 0}
		s.row.fields = s.row.fields[:before]
		return at
	}
	s.inline = true
	return at
}

// value scans a value. That of null is absent.
func (s *jsonScanner) value(at int) (value, int) {
	text := s.row.text
	switch text[at] {
	case '"':
		end, plain := strictjson.String(text, at)
		return value{cell{cellPlain, uint32(at + 1), uint32(end - 1)}, !plain}, end
	case 'n':
		return value{}, strictjson.Scalar(text, at)
	}
	end := s.values.Value(text, at)
	return value{cell: cell{cellJSON, uint32(at), uint32(end)}}, end
}

// unwrapped returns the value of the object at the given place without Avro's wrapper.
func (s *jsonScanner) unwrapped(at, end int) value {
	object := s.row.text[at:end]
	inner := currents.Unwrap(object)
	if len(inner) == len(object) {
		return value{cell: cell{cellJSON, uint32(at), uint32(end)}}
	}
	at += cap(object) - cap(inner) // inner is a part of it
	v, _ := s.value(at)
	return v
}

// add takes one member, and returns false if that is not for this scanner.
func (s *jsonScanner) add(role currents.Role, in level, found int, v value) bool {
	switch role {
	case currents.RoleField, currents.RoleExternalID, currents.RoleDeviceID, currents.RoleBrazeID:
		s.flat = s.flat || in == levelTop
	case currents.RoleType, currents.RoleID, currents.RoleTime:
		if in != levelTop { // of the event itself only at the top
			role = currents.RoleField
		}
	case currents.RoleProperties:
	}
	if !v.isPresent() {
		return true
	}
	switch role {
	case currents.RoleField:
		s.row.fields = append(s.row.fields, field{uint32(found), v.cell})
	case currents.RoleType:
		return s.setText(&s.typ, v)
	case currents.RoleID:
		return s.setText(&s.row.id, v)
	case currents.RoleTime:
		return s.setTime(v)
	case currents.RoleExternalID:
		return s.setUser(&s.row.externalUserID, v)
	case currents.RoleDeviceID:
		return s.setUser(&s.row.deviceID, v)
	case currents.RoleBrazeID:
		s.row.brazeID = first(s.row.brazeID, v.cell)
	case currents.RoleProperties:
		s.properties = v
	}
	return true
}

// setText takes a member that must be a string. The first non-empty one counts.
func (s *jsonScanner) setText(to *cell, v value) bool {
	if v.kind != cellPlain || v.escaped {
		return false
	}
	if !to.isPresent() && v.from < v.to {
		*to = v.cell
	}
	return true
}

// setUser takes an id of the user. A number counts for its text; any other value counts
// as absent.
func (s *jsonScanner) setUser(to *cell, v value) bool {
	if v.kind == cellJSON {
		if c := s.row.text[v.from]; c != '-' && (c < '0' || c > '9') {
			return true
		}
		v.kind = cellPlain
	}
	return s.setText(to, v)
}

// setTime takes whole seconds that are written as such.
func (s *jsonScanner) setTime(v value) bool {
	digits := s.row.text[v.from:v.to]
	if v.kind != cellJSON || len(digits) > len("253402300799") {
		return false
	}
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int64(c-'0')
	}
	s.row.time = n
	return n <= currents.MaxTime
}
