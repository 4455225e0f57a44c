package upload

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Limits on the groups of one event, from the HTTP V2 page.
const (
	maxGroupTypes  = 5
	maxGroupValues = 10
)

// Normalizer makes the stored form of an event, which can differ from the one received.
type Normalizer struct {
	Truncate   bool // cut strings to amplitude.MaxStringLength characters
	DropGroups bool // drop groups beyond the limits
}

// Normalize returns an accepted event as it is stored under the given ids, or nil if that
// is how it was received. An empty id was not stored. The event must be valid
// JSON, as everything is that was parsed.
//
// Ids appear as strings without the blanks around them, ids that were too short
// are gone, long strings are cut, and groups beyond the limits are left out.
func (v Normalizer) Normalize(event []byte, userID, deviceID string) []byte {
	out, changed := []byte{'{'}, false
	each(event, func(name, value jsontext.Value) {
		stored := v.member(AppendUnquoted(nil, name), value, userID, deviceID)
		changed = changed || !bytes.Equal(stored, value)
		if stored == nil {
			return
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), stored...)
	})
	if !changed {
		return nil
	}
	return append(out, '}')
}

// member is the stored value of a member, or nil if it is left out.
func (v Normalizer) member(name []byte, value jsontext.Value, userID, deviceID string) []byte {
	switch string(name) {
	case "user_id":
		return storedID(value, userID)
	case "device_id":
		return storedID(value, deviceID)
	case "groups":
		if v.DropGroups && value.Kind() == '{' {
			value = limitGroups(value)
		}
	}
	if v.Truncate {
		value = truncateStrings(value)
	}
	return value
}

func storedID(value jsontext.Value, id string) []byte {
	switch {
	case value.Kind() == 'n':
		return value
	case id == "":
		return nil
	case value.Kind() == '"' && string(AppendUnquoted(nil, value)) == id:
		return value
	}
	quoted, _ := jsontext.AppendQuote(nil, id) // half surrogate pairs have become U+FFFD
	return quoted
}

// limitGroups keeps the first group types and, over all of them, the first values.
func limitGroups(groups jsontext.Value) jsontext.Value {
	types, values := 0, 0
	kept, changed := []byte{'{'}, false
	each(groups, func(name, value jsontext.Value) {
		if types == maxGroupTypes || values == maxGroupValues {
			changed = true
			return
		}
		if value.Kind() != '[' {
			values++
		} else {
			short := limitValues(value, maxGroupValues-values, &values)
			changed = changed || len(short) != len(value)
			value = short
		}
		if types++; types > 1 {
			kept = append(kept, ',')
		}
		kept = append(append(append(kept, name...), ':'), value...)
	})
	if !changed {
		return groups
	}
	return append(kept, '}')
}

// limitValues keeps the first elements of a list, and counts them. A list that is
// short enough comes back as it is.
func limitValues(list jsontext.Value, most int, count *int) jsontext.Value {
	kept, n := []byte{'['}, 0
	each(list, func(_, value jsontext.Value) {
		if n++; n > most {
			return
		}
		if n > 1 {
			kept = append(kept, ',')
		}
		kept = append(kept, value...)
	})
	*count += min(n, most)
	if n <= most {
		return list
	}
	return append(kept, ']')
}

// each visits the members of an object or the elements of a list, which have no
// name. What it hands out is valid during the visit only.
func each(value jsontext.Value, visit func(name, value jsontext.Value)) {
	dec := newDecoder(value)
	open, err := dec.ReadToken()
	object := open.Kind() == '{'
	for err == nil {
		if k := dec.PeekKind(); k == '}' || k == ']' {
			return
		}
		var name, member jsontext.Value
		if object {
			name, err = dec.ReadValue()
			name = name.Clone()
		}
		if err == nil {
			member, err = dec.ReadValue()
		}
		if err == nil {
			visit(name, member)
		}
	}
}

func newDecoder(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// truncateStrings cuts the strings of a JSON value, but not the names in it.
func truncateStrings(value jsontext.Value) jsontext.Value {
	if len(value) <= amplitude.MaxStringLength {
		return value
	}
	var out []byte
	done := 0 // how much of value is in out
	for i := 0; i < len(value); i++ {
		if value[i] != '"' {
			continue
		}
		end, cut := scanString(value, i)
		if cut > 0 && !isName(value[end:]) {
			out = append(append(out, value[done:cut]...), '"')
			done = end
		}
		i = end - 1
	}
	if done == 0 {
		return value
	}
	return append(out, value[done:]...)
}

// scanString finds the end of the string that begins at from, and the place where
// it is to be cut, or 0 if it is short enough.
func scanString(value []byte, from int) (end, cut int) {
	chars := 0
	for i := from + 1; ; chars++ {
		if value[i] == '"' {
			return i + 1, cut
		}
		if chars == amplitude.MaxStringLength {
			cut = i
		}
		i += charLen(value[i:])
	}
}

// charLen is the length of one character in a string: a byte sequence of UTF-8, an
// escape, or two escapes that make a surrogate pair.
func charLen(text []byte) int {
	switch {
	case text[0] != '\\':
		_, n := utf8.DecodeRune(text)
		return n
	case text[1] != 'u':
		return 2
	case len(text) > 12 && surrogate(text[2:4], "89ab") && text[6] == '\\' && text[7] == 'u' && surrogate(text[8:10], "cdef"):
		return 12
	}
	return 6
}

// surrogate reports whether the first two of four hexadecimal digits are those of
// half a pair, a D and one of those given: 8 to B in the first half, C to F in the
// second.
func surrogate(digits []byte, second string) bool {
	return digits[0]|0x20 == 'd' && strings.IndexByte(second, digits[1]|0x20) >= 0
}

func isName(behind []byte) bool {
	behind = bytes.TrimLeft(behind, " \t\r\n")
	return len(behind) > 0 && behind[0] == ':'
}

// truncate cuts the fields that the limits and the search go by.
func (u *Batch) truncate() {
	for i := range u.Events {
		e := &u.Events[i]
		if e.Raw.Len() <= amplitude.MaxStringLength {
			continue
		}
		for _, s := range []*Span{&e.UserID, &e.DeviceID, &e.EventType, &e.InsertID} {
			*s = u.cut(*s)
		}
	}
}

func (u *Batch) cut(s Span) Span {
	if s.Len() <= amplitude.MaxStringLength {
		return s
	}
	end := s.From
	for range amplitude.MaxStringLength {
		if end >= s.To {
			return s
		}
		_, n := utf8.DecodeRune(u.Text[end:s.To])
		end += uint32(n)
	}
	return Span{s.From, min(end, s.To)}
}
