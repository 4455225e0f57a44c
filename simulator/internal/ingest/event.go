package ingest

import "strconv"

// MaxDepth is how many layers of objects and arrays properties may have, from the
// HTTP V2 page.
const MaxDepth = 40

// earliest is a time in milliseconds below which it looks like one in seconds.
const earliest = 1e11

func (p *Parser) events(i int, u *Upload, depth int) int {
	u.Events, u.HasEvents = u.Events[:0], false
	if at(p.text, i) != '[' {
		return p.value(i, depth)
	}
	u.HasEvents = true
	depth++
	next, more := p.enter(i, ']', depth)
	for more {
		from := next
		u.Events = append(u.Events, Event{})
		e := &u.Events[len(u.Events)-1]
		if at(p.text, from) == '{' {
			next = p.event(from, u, e, depth+1)
		} else {
			e.NotObject = true
			next = p.value(from, depth)
		}
		if next == bad {
			return bad
		}
		e.Raw = Span{uint32(from), uint32(next)}
		next, more = p.after(next, ']')
	}
	return next
}

func (p *Parser) event(i int, u *Upload, e *Event, depth int) int {
	next, more := p.enter(i, '}', depth)
	for more {
		var name []byte
		if name, next = p.name(next); next == bad {
			return bad
		}
		switch string(name) {
		case "user_id":
			next = p.id(next, u, e, UserID, &e.UserID, depth)
		case "device_id":
			next = p.id(next, u, e, DeviceID, &e.DeviceID, depth)
		case "insert_id":
			next = p.id(next, u, e, InsertID, &e.InsertID, depth)
		case "event_type":
			next = p.eventType(next, u, e, depth)
		case "time":
			next = p.time(next, e, depth)
		case "event_properties":
			next = p.properties(next, e, EventProperties, depth)
		case "user_properties":
			next = p.properties(next, e, UserProperties, depth)
		default:
			next = p.value(next, depth)
		}
		if next == bad {
			return bad
		}
		if at(p.text, next) == ',' && at(p.text, next+1) > ' ' {
			next++
			continue
		}
		next, more = p.after(next, '}')
	}
	return next
}

// id reads an identifier: a string, or a number that is taken as decimal text.
func (p *Parser) id(i int, u *Upload, e *Event, field Fields, into *Span, depth int) int {
	*into, e.Wrong, e.Numeric = Span{}, e.Wrong&^field, e.Numeric&^field
	c := at(p.text, i)
	if c == '"' {
		return p.string(i, u, into)
	}
	end := p.value(i, depth)
	switch {
	case end == bad:
		return bad
	case isNumber(c):
		*into, e.Numeric = p.decimal(u, Span{uint32(i), uint32(end)}), e.Numeric|field
	case c != 'n':
		e.Wrong |= field
	}
	return end
}

func isNumber(first byte) bool { return first == '-' || first-'0' <= 9 }

// decimal is the text of a number used as an id: 1e5 is "100000".
func (p *Parser) decimal(u *Upload, number Span) Span {
	raw := p.text[number.From:number.To]
	n, ok := integer(raw)
	if !ok || plain(raw) {
		return number
	}
	return u.rewrite(func(dst []byte) []byte { return strconv.AppendInt(dst, n, 10) })
}

func (p *Parser) eventType(i int, u *Upload, e *Event, depth int) int {
	e.EventType, e.Wrong = Span{}, e.Wrong&^EventType
	switch at(p.text, i) {
	case '"':
		return p.string(i, u, &e.EventType)
	case 'n':
	default:
		e.Wrong |= EventType
	}
	return p.value(i, depth)
}

// time must be an integer, in milliseconds; any one will do, in whatever notation.
func (p *Parser) time(i int, e *Event, depth int) int {
	e.Wrong, e.Suspect = e.Wrong&^Time, e.Suspect&^Time
	if end := p.usualTime(i); end != bad {
		return end
	}
	c, end := at(p.text, i), p.value(i, depth)
	if end == bad || c == 'n' {
		return end
	}
	switch n, ok := integer(p.text[i:end]); {
	case !ok:
		e.Wrong |= Time
	case n < earliest:
		e.Suspect |= Time
	}
	return end
}

// usualTime skips a time that needs no arithmetic: an integer of 12 digits or more is
// not below earliest, and one of 18 is none too large.
func (p *Parser) usualTime(i int) int {
	end := skipDigits(p.text, i)
	if n := end - i; n < 12 || n > 18 || at(p.text, i) == '0' {
		return bad
	}
	if c := at(p.text, end); c != ',' && c != '}' {
		return bad
	}
	return end
}

func (p *Parser) properties(i int, e *Event, field Fields, depth int) int {
	e.Wrong, e.Suspect = e.Wrong&^field, e.Suspect&^field
	c := at(p.text, i)
	if c != '{' && c != 'n' {
		e.Wrong |= field
		return p.value(i, depth)
	}
	p.deepest = 0
	end := p.value(i, depth)
	if p.deepest > depth+MaxDepth {
		e.Suspect |= field
	}
	return end
}
