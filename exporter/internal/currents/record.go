package currents

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// recordDecoder turns the text of one JSON object into an event. It is reused
// for its buffers and interned names.
type recordDecoder struct {
	copy  []byte
	marks []int // places in copy where text was replaced
	text  *bytes.Buffer
	dec   *jsontext.Decoder
	names map[string]string

	fields int // of the last record: the next one will have as many
}

func newRecordDecoder() *recordDecoder {
	return &recordDecoder{
		text:  new(bytes.Buffer),
		dec:   jsontext.NewDecoder(new(bytes.Buffer)),
		names: make(map[string]string),
	}
}

// recordError is why a record is bad and how far into it that shows.
type recordError struct {
	reason string
	offset int64
	lost   int64 // see [Error]
	strict bool  // it is strict JSON all the same
	err    error
}

func (e *recordError) Error() string { return e.err.Error() }

func (e *recordError) Unwrap() error { return e.err }

// decode reads one record. The text must hold exactly one JSON value; it is
// copied. The error is a *recordError.
//
// Nearly all records are strict JSON. A bad one is mended and looked at again.
func (d *recordDecoder) decode(text []byte, hint Hint) (Event, error) {
	if text[0] != '{' { // an array: a post can hold ten million, so no parser looks at it
		return Event{}, &recordError{reason: Malformed, err: errNoObject}
	}
	ev, err := d.strict(bytes.Clone(text), nil, hint)
	if bad, _ := errors.AsType[*recordError](err); err == nil || bad.strict {
		return ev, err
	}
	if hasHole(text) {
		return Event{}, &recordError{reason: Malformed, lost: -1, err: errors.New("zero bytes in the record, which was not written")}
	}
	clean, marks, ok := mend(text, outsideCustom)
	if !ok {
		return Event{}, err
	}
	ev, again := d.strict(clean, marks, hint)
	if again != nil {
		return Event{}, err // the offset is that in the text as it came
	}
	return ev, nil
}

// outsideCustom is the number of objects around the custom properties of a Custom HTTP event.
const outsideCustom = 2

// strict reads a record of strict JSON, and keeps the text.
func (d *recordDecoder) strict(text []byte, marks []int, hint Hint) (Event, error) {
	// The decoder parses the text in place, so every value of the event is a
	// piece of this one allocation.
	d.copy, d.marks = text, marks
	*d.text = *bytes.NewBuffer(d.copy)
	d.dec.Reset(d.text)
	a := eventBuilder{event: Event{Fields: make([]Field, 0, d.fields)}}
	if err := d.object(&a, levelTop); err != nil {
		return Event{}, d.fault(err)
	}
	d.fields = min(len(a.event.Fields), maxNames)
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Event{}, d.fault(errors.New("more text after the record"))
	}
	ev, reason, err := a.finish(hint)
	if err != nil {
		return Event{}, &recordError{reason: reason, strict: true, err: err}
	}
	return ev, nil
}

func (d *recordDecoder) fault(err error) *recordError {
	f := &recordError{reason: Malformed, offset: d.dec.InputOffset(), err: err}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		// Not its text, which quotes the record.
		f.offset, f.err = syntactic.ByteOffset, syntaxError{syntactic}
	}
	return f
}

// syntaxError is an error of the syntax without what it quotes.
type syntaxError struct{ err *jsontext.SyntacticError }

func (syntaxError) Error() string { return "not valid JSON" }

func (e syntaxError) Unwrap() error { return e.err }

// replaced reports whether text was replaced between two places of the record.
func (d *recordDecoder) replaced(from, to int64) bool {
	for _, mark := range d.marks {
		if from <= int64(mark) && int64(mark) < to {
			return true
		}
	}
	return false
}

// level is where in a record an object stands.
type level uint8

const (
	levelTop        level = iota
	levelUser             // the object "user" of Custom HTTP
	levelProperties       // the object "properties" of Custom HTTP
)

// object reads the members of one object. Flat and Custom HTTP records are
// told apart member by member: "user" and "properties" as objects exist only
// in the latter.
func (d *recordDecoder) object(a *eventBuilder, at level) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() != jsontext.KindEndObject {
		name, err := d.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := d.member(a, at, d.intern(name)); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

func (d *recordDecoder) member(a *eventBuilder, at level, name string) error {
	object := d.dec.PeekKind() == jsontext.KindBeginObject
	if object && at == levelTop {
		switch name {
		case "user":
			a.customHTTP = true
			return d.object(a, levelUser)
		case "properties":
			return d.properties(a)
		}
	}
	value, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	end := d.dec.InputOffset()
	replaced := d.replaced(end-int64(len(value)), end)
	value = slices.Clip(value)
	if at == levelProperties && (name == "custom_properties" || name == "purchase_properties") {
		if value.Kind() != jsontext.KindNull {
			a.custom, a.replacedCustom = value, replaced
		}
		return nil
	}
	if object {
		value = Unwrap(value)
	}
	r := RoleOf(name)
	switch {
	case at == levelTop && (r == RoleField || r == RoleExternalID || r == RoleDeviceID || r == RoleBrazeID):
		a.flat = true
	case at != levelTop && (r == RoleType || r == RoleID || r == RoleTime):
		r = RoleField // of the event itself only at the top
	}
	return a.add(r, name, oneLine(value), replaced)
}

// properties reads the object "properties". In Custom HTTP it holds the
// storage fields. In a flat record it can be Avro's wrapper of the
// JSON-encoded string, or (no shape Braze publishes, but an easy slip in
// hand-written input) the custom properties themselves.
func (d *recordDecoder) properties(a *eventBuilder) error {
	before, from := len(a.event.Fields), d.dec.InputOffset()
	if err := d.object(a, levelProperties); err != nil {
		return err
	}
	inside := a.event.Fields[before:]
	if len(inside) == 1 && inside[0].Name == "string" && inside[0].Value.Kind() == jsontext.KindString {
		a.properties, a.replacedProps = inside[0].Value, inside[0].Replaced
		a.event.Fields = a.event.Fields[:before]
		return nil
	}
	object := bytes.TrimLeft(d.copy[from:d.dec.InputOffset()], ": \t\r\n")
	a.inline = inline{object: object, first: before, count: len(inside), replaced: d.replaced(from, d.dec.InputOffset())}
	return nil
}

// intern returns the text of a member name without allocating it anew for
// every record.
func (d *recordDecoder) intern(quoted jsontext.Value) string {
	if name, ok := d.names[string(quoted)]; ok {
		return name
	}
	name := unquote(quoted)
	if len(d.names) < maxNames {
		d.names[string(quoted)] = name
	}
	return name
}

// maxNames bounds the interned names; Currents has a few hundred in all.
const maxNames = 4096

// wrappers are the names Avro's JSON encoding puts around a non-null value of
// a union.
var wrappers = []string{"string", "int", "long", "float", "double", "boolean", "array", "bytes", "map"}

// Unwrap takes Avro's wrapper off a valid JSON object: {"string":"x"} is "x".
// Any other object comes back as it is.
func Unwrap(object jsontext.Value) jsontext.Value {
	inner := bytes.TrimSpace(object[1 : len(object)-1])
	for _, name := range wrappers {
		rest, ok := bytes.CutPrefix(inner, []byte(`"`+name+`"`))
		if !ok {
			continue
		}
		rest = bytes.TrimSpace(rest)
		if value := jsontext.Value(bytes.TrimSpace(rest[1:])); value.IsValid() { // rest begins with the colon
			return value
		}
	}
	return object
}

// isEvent reports whether an object has an id, and a type or a time.
func isEvent(object []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	named, typed := false, false
	for dec.PeekKind() != jsontext.KindEndObject {
		quoted, err := dec.ReadValue()
		if err != nil {
			return false
		}
		switch RoleOf(string(quoted[1 : len(quoted)-1])) {
		case RoleID:
			named = true
		case RoleType, RoleTime:
			typed = true
		case RoleField, RoleExternalID, RoleDeviceID, RoleBrazeID, RoleProperties:
		}
		if err := dec.SkipValue(); err != nil {
			return false
		}
	}
	return named && typed
}
