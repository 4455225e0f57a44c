package currents

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Mend makes strict JSON of a JSON value that is not strict in a way that does not hide
// its meaning: text that is not Unicode, or has escapes that JSON has not, gets U+FFFD in
// their place, raw control characters become escapes, a value that is nested too deep
// becomes the text U+FFFD, and of two equal names in an object the last one counts. It
// reports whether text was replaced, and false if the value is no JSON. The result shares
// no memory with the value.
func Mend(value []byte) (clean jsontext.Value, replaced, ok bool) {
	clean, marks, ok := mend(value, 0)
	return clean, len(marks) > 0, ok
}

// CustomText reads custom properties that are JSON as text: an object, or nil for null. It
// reports whether text in them was replaced, and false if they are anything else.
func CustomText(text []byte) (object jsontext.Value, replaced, ok bool) {
	object = bytes.TrimSpace(text)
	if len(object) > 2*maxNested || !object.IsValid() {
		if object, replaced, ok = Mend(object); !ok {
			return nil, false, false
		}
	}
	if object.Kind() == jsontext.KindNull {
		return nil, false, true
	}
	return object, replaced, object.Kind() == jsontext.KindBeginObject
}

// mend is Mend for a value whose depth counts inside outer objects. It returns the places
// in the result where text was replaced.
func mend(value []byte, outer int) (clean jsontext.Value, marks []int, ok bool) {
	m := newMender(legible(value, outer))
	if err := m.value(); err != nil {
		return nil, nil, false
	}
	if _, err := m.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, nil, false
	}
	return m.out, m.marks, true
}

// mender writes a value anew.
type mender struct {
	dec *jsontext.Decoder
	out []byte
	// marks are the places in out where text was replaced. For a member that does not
	// count, that is the place of its object.
	marks []int
}

func newMender(value []byte) *mender {
	return &mender{
		dec: jsontext.NewDecoder(
			bytes.NewBuffer(value), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true),
		),
		out: make([]byte, 0, len(value)+len(value)/8),
	}
}

func (m *mender) value() error {
	if k := m.dec.PeekKind(); k == jsontext.KindBeginObject {
		return m.object()
	} else if k == jsontext.KindBeginArray {
		return m.array()
	}
	value, err := m.dec.ReadValue()
	if err != nil {
		return err
	}
	m.scalar(value)
	return nil
}

// scalar writes a value that holds no others.
func (m *mender) scalar(value jsontext.Value) {
	if value.Kind() == jsontext.KindString && !value.IsValid() {
		text, _ := jsontext.AppendUnquote(nil, value) // replaces what it complains of
		m.marks = append(m.marks, len(m.out))
		m.out, _ = jsontext.AppendQuote(m.out, text)
		return
	}
	m.out = append(m.out, value...)
}

func (m *mender) array() error {
	if _, err := m.dec.ReadToken(); err != nil {
		return err
	}
	m.out = append(m.out, '[')
	open := len(m.out)
	for m.dec.PeekKind() != jsontext.KindEndArray {
		if err := m.value(); err != nil {
			return err
		}
		m.out = append(m.out, ',')
	}
	return m.end(open, ']')
}

func (m *mender) object() error {
	if _, err := m.dec.ReadToken(); err != nil {
		return err
	}
	m.out = append(m.out, '{')
	open := len(m.out)
	var members []span
	place := map[string]int{} // of a name in members
	twice := false
	for m.dec.PeekKind() != jsontext.KindEndObject {
		from := len(m.out)
		name, err := m.dec.ReadValue()
		if err != nil {
			return err
		}
		m.scalar(name)
		// The same name can be written in several ways.
		text, _ := jsontext.AppendUnquote(nil, m.out[from:])
		m.out = append(m.out, ':')
		if err := m.value(); err != nil {
			return err
		}
		m.out = append(m.out, ',')
		if earlier, found := place[string(text)]; found {
			members[earlier].gone, twice = true, true
		}
		place[string(text)] = len(members)
		members = append(members, span{from: from, to: len(m.out)})
	}
	if twice {
		m.keep(open, members)
	}
	return m.end(open, '}')
}

// end reads the closing bracket and writes it over the last comma.
func (m *mender) end(open int, closing byte) error {
	if _, err := m.dec.ReadToken(); err != nil {
		return err
	}
	if len(m.out) > open {
		m.out = m.out[:len(m.out)-1]
	}
	m.out = append(m.out, closing)
	return nil
}

// span is a member of an object in mender.out, up to and with its comma.
type span struct {
	from, to int
	gone     bool // another one of the same name follows
}

// keep moves the members that count together, and their marks with them.
func (m *mender) keep(open int, members []span) {
	var marks []int
	at := open
	for _, mark := range m.marks {
		if mark < open {
			marks = append(marks, mark)
		}
	}
	for _, part := range members {
		for _, mark := range m.marks {
			switch {
			case mark < part.from || mark >= part.to:
			case part.gone:
				marks = append(marks, open-1) // the object as a whole lost it
			default:
				marks = append(marks, at+mark-part.from)
			}
		}
		if part.gone {
			continue
		}
		at += copy(m.out[at:], m.out[part.from:part.to])
	}
	m.out, m.marks = m.out[:at], marks
}

// unicode returns text as a string, with U+FFFD for every byte that is not UTF-8, and
// whether there was one.
func unicode(text []byte) (valid string, replaced bool) {
	if utf8.Valid(text) {
		return string(text), false
	}
	return string([]rune(string(text))), true
}
