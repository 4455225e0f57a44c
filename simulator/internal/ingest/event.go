package ingest

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

func (p *Parser) events(u *Upload) error {
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

func (p *Parser) event(u *Upload) error {
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
func (p *Parser) span(raw jsontext.Value) Span {
	end := uint32(p.dec.InputOffset())
	return Span{end - uint32(len(raw)), end}
}

// id reads an identifier: a string, or a number that is taken as decimal text.
func (p *Parser) id(u *Upload, e *Event, field Fields, into *Span) error {
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
func (p *Parser) decimal(u *Upload, raw jsontext.Value) Span {
	n, ok := integer(raw)
	if !ok || plain(raw) {
		return p.span(raw)
	}
	return u.rewrite(func(dst []byte) []byte { return strconv.AppendInt(dst, n, 10) })
}

func (p *Parser) eventType(u *Upload, e *Event) error {
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
func (p *Parser) time(e *Event) error {
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

// earliest is a time in milliseconds below which it looks like one in seconds.
const earliest = 1e11

func (p *Parser) properties(e *Event, field Fields) error {
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

// integer is the value of a JSON number that is a whole number of 64 bits.
func integer(raw jsontext.Value) (int64, bool) {
	if plain(raw) {
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// plain reports whether a number has neither fraction nor exponent.
func plain(raw jsontext.Value) bool {
	for _, c := range raw {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}
