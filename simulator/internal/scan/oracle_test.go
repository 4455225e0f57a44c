package scan

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// oracle is the parser as a loop over the tokens of package jsontext: slower by
// half, and without a scanner of its own that could be wrong. The fuzzer compares
// Parser with it.
type oracle struct {
	dec jsontext.Decoder
	src bytes.Buffer
}

func (p *oracle) Parse(body []byte, u *upload.Batch) error {
	u.Reset(body)
	p.src = *bytes.NewBuffer(body)
	p.dec.Reset(&p.src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := p.body(u); err != nil || !utf8.Valid(body) {
		return upload.ErrInvalidJSON
	}
	return nil
}

func (p *oracle) body(u *upload.Batch) error {
	if p.dec.PeekKind() != '{' {
		return upload.ErrInvalidJSON
	}
	err := p.object(u, func(name []byte) error {
		switch string(name) {
		case `api_key`:
			return p.apiKey(u)
		case `events`:
			return p.events(u)
		case `options`:
			return p.options(u)
		}
		return p.dec.SkipValue()
	})
	if err != nil {
		return err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return upload.ErrInvalidJSON
	}
	return nil
}

// object calls member for each name of the object that follows; member must
// consume the value. The name is valid during the call only.
func (p *oracle) object(u *upload.Batch, member func(name []byte) error) error {
	if _, err := p.dec.ReadToken(); err != nil { // the opening brace
		return err
	}
	for p.dec.PeekKind() == '"' {
		quoted, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := member(unquoted(u, quoted)); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken() // the closing brace, or the reason why it is not there
	return err
}

// unquoted is the text of a name.
func unquoted(u *upload.Batch, quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	from := len(u.Text)
	u.Text = upload.AppendUnquoted(u.Text, quoted)
	return u.Text[from:]
}

func (p *oracle) apiKey(u *upload.Batch) error {
	u.APIKey = upload.Span{}
	if p.dec.PeekKind() != '"' {
		return p.dec.SkipValue()
	}
	s, err := p.text(u)
	u.APIKey = s
	return err
}

func (p *oracle) options(u *upload.Batch) error {
	u.MinIDLength, u.HasMinID = 0, false
	if p.dec.PeekKind() != '{' {
		return p.dec.SkipValue()
	}
	return p.object(u, func(name []byte) error {
		if string(name) != "min_id_length" {
			return p.dec.SkipValue()
		}
		return p.minIDLength(u)
	})
}

func (p *oracle) minIDLength(u *upload.Batch) error {
	u.MinIDLength, u.HasMinID = 0, false
	if p.dec.PeekKind() != '0' {
		return p.dec.SkipValue()
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	if n, ok := integer(raw); ok && n >= 0 && n <= 1<<20 {
		u.MinIDLength, u.HasMinID = int(n), true
	}
	return nil
}

// text reads the string that follows.
func (p *oracle) text(u *upload.Batch) (upload.Span, error) {
	quoted, err := p.dec.ReadValue()
	if err != nil {
		return upload.Span{}, err
	}
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return u.Rewrite(func(dst []byte) []byte { return upload.AppendUnquoted(dst, quoted) }), nil
	}
	end := int(p.dec.InputOffset())
	return span(end-len(quoted)+1, end-1), nil
}

func (p *oracle) events(u *upload.Batch) error {
	u.Events, u.HasEvents = u.Events[:0], false
	if p.dec.PeekKind() != '[' {
		return p.dec.SkipValue()
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	u.HasEvents = true
	for {
		switch p.dec.PeekKind() {
		case ']':
			_, err := p.dec.ReadToken()
			return err
		case '{':
			if err := p.event(u); err != nil {
				return err
			}
		default:
			raw, err := p.dec.ReadValue()
			if err != nil {
				return err
			}
			u.Events = append(u.Events, upload.Event{Raw: p.span(raw), NotObject: true})
		}
	}
}

func (p *oracle) event(u *upload.Batch) error {
	var e upload.Event
	// Nothing but blanks lies between here and the brace; they stay in the span.
	before := int(p.dec.InputOffset())
	err := p.object(u, func(name []byte) error {
		switch string(name) {
		case "user_id":
			return p.id(u, &e, upload.UserID, &e.UserID)
		case "device_id":
			return p.id(u, &e, upload.DeviceID, &e.DeviceID)
		case "insert_id":
			return p.id(u, &e, upload.InsertID, &e.InsertID)
		case "event_type":
			return p.eventType(u, &e)
		case "time":
			return p.time(&e)
		case "event_properties":
			return p.properties(&e, upload.EventProperties)
		case "user_properties":
			return p.properties(&e, upload.UserProperties)
		}
		return p.dec.SkipValue()
	})
	e.Raw = trimToObject(u, span(before, int(p.dec.InputOffset())))
	u.Events = append(u.Events, e)
	return err
}

// trimToObject drops the comma and the blanks in front of an object.
func trimToObject(u *upload.Batch, s upload.Span) upload.Span {
	for s.From < s.To && u.Text[s.From] != '{' {
		s.From++
	}
	return s
}

// span is the place of a raw value that was read just now.
func (p *oracle) span(raw jsontext.Value) upload.Span {
	end := int(p.dec.InputOffset())
	return span(end-len(raw), end)
}

// id reads an identifier: a string, or a number that is taken as the text it is written as.
func (p *oracle) id(u *upload.Batch, e *upload.Event, field upload.Fields, into *upload.Span) error {
	*into, e.Invalid, e.Numeric = upload.Span{}, e.Invalid&^field, e.Numeric&^field
	switch p.dec.PeekKind() {
	case '"':
		s, err := p.text(u)
		*into = s
		return err
	case '0':
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		*into, e.Numeric = p.span(raw), e.Numeric|field
		return nil
	case 'n':
	default:
		e.Invalid |= field
	}
	return p.dec.SkipValue()
}

func (p *oracle) eventType(u *upload.Batch, e *upload.Event) error {
	e.EventType, e.Invalid = upload.Span{}, e.Invalid&^upload.EventType
	switch p.dec.PeekKind() {
	case '"':
		s, err := p.text(u)
		e.EventType = s
		return err
	case 'n':
	default:
		e.Invalid |= upload.EventType
	}
	return p.dec.SkipValue()
}

// time must be an integer, in milliseconds; any one will do, in whatever notation.
func (p *oracle) time(e *upload.Event) error {
	e.Invalid, e.MaybeInvalid = e.Invalid&^upload.Time, e.MaybeInvalid&^upload.Time
	switch p.dec.PeekKind() {
	case '0':
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		switch n, ok := integer(raw); {
		case !ok:
			e.Invalid |= upload.Time
		case n < earliest:
			e.MaybeInvalid |= upload.Time
		}
		return nil
	case 'n':
	default:
		e.Invalid |= upload.Time
	}
	return p.dec.SkipValue()
}

func (p *oracle) properties(e *upload.Event, field upload.Fields) error {
	e.Invalid, e.MaybeInvalid = e.Invalid&^field, e.MaybeInvalid&^field
	if k := p.dec.PeekKind(); k != '{' && k != 'n' {
		e.Invalid |= field
		return p.dec.SkipValue()
	}
	raw, err := p.dec.ReadValue()
	if err == nil && deep(raw) {
		e.MaybeInvalid |= field
	}
	return err
}

// deep reports whether a JSON value has more than MaxDepth layers.
func deep(raw []byte) bool {
	// Every layer opens and closes; few values have brackets enough to look at.
	if len(raw) <= 2*upload.MaxDepth || bytes.Count(raw, []byte{'{'})+bytes.Count(raw, []byte{'['}) <= upload.MaxDepth {
		return false
	}
	depth, text := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case text:
		case c == '{', c == '[':
			if depth++; depth > upload.MaxDepth {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}
