package ingest

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// oracle is the parser as a loop over the tokens of package jsontext: slower by
// half, and without a scanner of its own that could be wrong. The fuzzer compares
// Parser with it.
type oracle struct {
	dec jsontext.Decoder
	src bytes.Buffer
}

func (p *oracle) Parse(body []byte, u *Upload) error {
	u.reset(body)
	p.src = *bytes.NewBuffer(body)
	p.dec.Reset(&p.src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := p.body(u); err != nil || !utf8.Valid(body) {
		return ErrInvalidJSON
	}
	return nil
}

func (p *oracle) body(u *Upload) error {
	if p.dec.PeekKind() != '{' {
		return ErrInvalidJSON
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
		return ErrInvalidJSON
	}
	return nil
}

// object calls member for each name of the object that follows; member must
// consume the value. The name is valid during the call only.
func (p *oracle) object(u *Upload, member func(name []byte) error) error {
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
func unquoted(u *Upload, quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	from := len(u.Text)
	u.Text = appendUnquoted(u.Text, quoted)
	return u.Text[from:]
}

func (p *oracle) apiKey(u *Upload) error {
	u.APIKey = Span{}
	if p.dec.PeekKind() != '"' {
		return p.dec.SkipValue()
	}
	s, err := p.text(u)
	u.APIKey = s
	return err
}

func (p *oracle) options(u *Upload) error {
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

func (p *oracle) minIDLength(u *Upload) error {
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
func (p *oracle) text(u *Upload) (Span, error) {
	quoted, err := p.dec.ReadValue()
	if err != nil {
		return Span{}, err
	}
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return u.rewrite(func(dst []byte) []byte { return appendUnquoted(dst, quoted) }), nil
	}
	end := uint32(p.dec.InputOffset())
	return Span{end - uint32(len(quoted)) + 1, end - 1}, nil
}

func (p *oracle) events(u *Upload) error {
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
			u.Events = append(u.Events, Event{Raw: p.span(raw), NotObject: true})
		}
	}
}

func (p *oracle) event(u *Upload) error {
	var e Event
	// Nothing but blanks lies between here and the brace; they stay in the span.
	before := uint32(p.dec.InputOffset())
	err := p.object(u, func(name []byte) error {
		switch string(name) {
		case "user_id":
			return p.id(u, &e, UserID, &e.UserID)
		case "device_id":
			return p.id(u, &e, DeviceID, &e.DeviceID)
		case "insert_id":
			return p.id(u, &e, InsertID, &e.InsertID)
		case "event_type":
			return p.eventType(u, &e)
		case "time":
			return p.time(&e)
		case "event_properties":
			return p.properties(&e, EventProperties)
		case "user_properties":
			return p.properties(&e, UserProperties)
		}
		return p.dec.SkipValue()
	})
	e.Raw = u.trimToObject(Span{before, uint32(p.dec.InputOffset())})
	u.Events = append(u.Events, e)
	return err
}

// trimToObject drops the comma and the blanks in front of an object.
func (u *Upload) trimToObject(s Span) Span {
	for s.From < s.To && u.Text[s.From] != '{' {
		s.From++
	}
	return s
}

// span is the place of a raw value that was read just now.
func (p *oracle) span(raw jsontext.Value) Span {
	end := uint32(p.dec.InputOffset())
	return Span{end - uint32(len(raw)), end}
}

// id reads an identifier: a string, or a number that is taken as decimal text.
func (p *oracle) id(u *Upload, e *Event, field Fields, into *Span) error {
	*into, e.Wrong, e.Numeric = Span{}, e.Wrong&^field, e.Numeric&^field
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
		*into, e.Numeric = p.decimal(u, raw), e.Numeric|field
		return nil
	case 'n':
	default:
		e.Wrong |= field
	}
	return p.dec.SkipValue()
}

// decimal is the text of a number used as an id: 1e5 is "100000".
func (p *oracle) decimal(u *Upload, raw jsontext.Value) Span {
	n, ok := integer(raw)
	if !ok || plain(raw) {
		return p.span(raw)
	}
	return u.rewrite(func(dst []byte) []byte { return strconv.AppendInt(dst, n, 10) })
}

func (p *oracle) eventType(u *Upload, e *Event) error {
	e.EventType, e.Wrong = Span{}, e.Wrong&^EventType
	switch p.dec.PeekKind() {
	case '"':
		s, err := p.text(u)
		e.EventType = s
		return err
	case 'n':
	default:
		e.Wrong |= EventType
	}
	return p.dec.SkipValue()
}

// time must be an integer, in milliseconds; any one will do, in whatever notation.
func (p *oracle) time(e *Event) error {
	e.Wrong, e.Suspect = e.Wrong&^Time, e.Suspect&^Time
	switch p.dec.PeekKind() {
	case '0':
		raw, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		switch n, ok := integer(raw); {
		case !ok:
			e.Wrong |= Time
		case n < earliest:
			e.Suspect |= Time
		}
		return nil
	case 'n':
	default:
		e.Wrong |= Time
	}
	return p.dec.SkipValue()
}

func (p *oracle) properties(e *Event, field Fields) error {
	e.Wrong, e.Suspect = e.Wrong&^field, e.Suspect&^field
	if k := p.dec.PeekKind(); k != '{' && k != 'n' {
		e.Wrong |= field
		return p.dec.SkipValue()
	}
	raw, err := p.dec.ReadValue()
	if err == nil && deep(raw) {
		e.Suspect |= field
	}
	return err
}

// deep reports whether a JSON value has more than MaxDepth layers.
func deep(raw []byte) bool {
	// Every layer opens and closes; few values have brackets enough to look at.
	if len(raw) <= 2*MaxDepth || bytes.Count(raw, []byte{'{'})+bytes.Count(raw, []byte{'['}) <= MaxDepth {
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
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}
