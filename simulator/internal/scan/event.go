package scan

import "github.com/ammeter/ammeter/simulator/internal/upload"

// earliest is a time in milliseconds below which it looks like one in seconds.
const earliest = 1e11

func (p *Parser) events(i int, u *upload.Batch, depth int) int {
	u.Events, u.Surplus, u.HasEvents = u.Events[:0], 0, false
	if at(p.text, i) != '[' {
		if p.OneEvent && at(p.text, i) == '{' {
			return p.oneEvent(i, u, depth)
		}
		return p.value(i, depth)
	}
	u.HasEvents = true
	depth++
	next, more := p.enter(i, ']', depth)
	for more {
		if len(u.Events) == upload.MaxRead {
			return p.surplus(next, u, depth)
		}
		from := next
		u.Events = append(u.Events, upload.Event{})
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
		e.Raw = span(from, next)
		next, more = p.after(next, ']')
	}
	return next
}

// oneEvent reads an event that stands where the array should be.
func (p *Parser) oneEvent(i int, u *upload.Batch, depth int) int {
	u.HasEvents, u.Events = true, append(u.Events, upload.Event{})
	e := &u.Events[0]
	next := p.event(i, u, e, depth+1)
	if next != bad {
		e.Raw = span(i, next)
	}
	return next
}

// surplus counts the elements from i on.
func (p *Parser) surplus(i int, u *upload.Batch, depth int) int {
	next, more := i, true
	for more {
		if next = p.value(next, depth); next == bad {
			return bad
		}
		u.Surplus++
		next, more = p.after(next, ']')
	}
	return next
}

func (p *Parser) event(i int, u *upload.Batch, e *upload.Event, depth int) int {
	b := p.text
	next, more := p.enter(i, '}', depth)
	for more {
		var name []byte
		end := skipPlain(b, next+1)
		if at(b, next) == '"' && follows(b, end, `":`) && at(b, end+2) > ' ' {
			name, next = b[next+1:end], end+2
		} else if name, next = p.name(next, end); next == bad {
			return bad
		}
		switch string(name) {
		case "user_id":
			next = p.id(next, u, e, upload.UserID, &e.UserID, depth)
		case "device_id":
			next = p.id(next, u, e, upload.DeviceID, &e.DeviceID, depth)
		case "insert_id":
			next = p.id(next, u, e, upload.InsertID, &e.InsertID, depth)
		case "event_type":
			next = p.eventType(next, u, e, depth)
		case "time":
			next = p.time(next, e, depth)
		case "event_properties":
			next = p.properties(next, e, upload.EventProperties, depth)
		case "user_properties":
			next = p.properties(next, e, upload.UserProperties, depth)
		default:
			next = p.value(next, depth)
		}
		if next == bad {
			return bad
		}
		if follows(b, next, `,"`) {
			next++
			continue
		}
		next, more = p.after(next, '}')
	}
	return next
}

// id reads an identifier: a string, or a number that is taken as the text it is written as.
func (p *Parser) id(i int, u *upload.Batch, e *upload.Event, field upload.Fields, into *upload.Span, depth int) int {
	*into, e.Invalid, e.Numeric = upload.Span{}, e.Invalid&^field, e.Numeric&^field
	c := at(p.text, i)
	if c == '"' {
		return p.string(i, u, into)
	}
	end := p.value(i, depth)
	switch {
	case end == bad:
		return bad
	case isNumber(c):
		*into, e.Numeric = span(i, end), e.Numeric|field
	case c != 'n':
		e.Invalid |= field
	}
	return end
}

func isNumber(first byte) bool { return first == '-' || first-'0' <= 9 }

func (p *Parser) eventType(i int, u *upload.Batch, e *upload.Event, depth int) int {
	e.EventType, e.Invalid = upload.Span{}, e.Invalid&^upload.EventType
	switch at(p.text, i) {
	case '"':
		return p.string(i, u, &e.EventType)
	case 'n':
	default:
		e.Invalid |= upload.EventType
	}
	return p.value(i, depth)
}

// time must be an integer, in milliseconds; any one will do, in whatever notation.
func (p *Parser) time(i int, e *upload.Event, depth int) int {
	e.Invalid, e.MaybeInvalid = e.Invalid&^upload.Time, e.MaybeInvalid&^upload.Time
	if end := p.usualTime(i); end != bad {
		return end
	}
	c, end := at(p.text, i), p.value(i, depth)
	if end == bad || c == 'n' {
		return end
	}
	switch n, ok := integer(p.text[i:end]); {
	case !ok:
		e.Invalid |= upload.Time
	case n < earliest:
		e.MaybeInvalid |= upload.Time
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

func (p *Parser) properties(i int, e *upload.Event, field upload.Fields, depth int) int {
	e.Invalid, e.MaybeInvalid = e.Invalid&^field, e.MaybeInvalid&^field
	c := at(p.text, i)
	if c != '{' && c != 'n' {
		e.Invalid |= field
		return p.value(i, depth)
	}
	p.deepest = 0
	end := p.value(i, depth)
	if p.deepest > depth+upload.MaxDepth {
		e.MaybeInvalid |= field
	}
	return end
}
