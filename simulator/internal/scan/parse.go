package scan

import "github.com/ammeter/ammeter/simulator/internal/upload"

// Parser reads bodies. It is not safe for concurrent use; reuse it for speed.
type Parser struct {
	// OneEvent takes an object as events for an array of that one.
	OneEvent bool

	text      []byte // the body
	deepest   int    // see value
	unescaped []byte // see name
}

// Parse reads body into u, which keeps body. On error u holds what was read
// before it, so that a broken body can still be put down to its key.
//
// The syntax is strict. Two liberties are taken, because servers written in other
// languages take them: a name may occur twice (the last one counts), and an escape
// may stand for half a surrogate pair.
func (p *Parser) Parse(body []byte, u *upload.Batch) error {
	u.Reset(body)
	p.text, p.deepest = body, 0
	i := skipBlanks(body, 0)
	if at(body, i) == '{' {
		i = p.body(i, u)
	} else {
		i = bad
	}
	p.release()
	if i == bad || skipBlanks(body, i) != len(body) {
		return upload.ErrInvalidJSON
	}
	return nil
}

// release lets go of the body, and of memory beyond what bodies usually need.
func (p *Parser) release() {
	const usual = 4 << 10
	if p.text = nil; cap(p.unescaped) > usual {
		p.unescaped = nil
	}
}

// body reads the object at i. Like all that read a value, it returns the index
// behind it, or bad.
func (p *Parser) body(i int, u *upload.Batch) int {
	const depth = 1
	next, more := p.enter(i, '}', depth)
	for more {
		var name []byte
		if name, next = p.name(next, next+1); next == bad {
			return bad
		}
		switch string(name) {
		case "api_key":
			next = p.apiKey(next, u, depth)
		case "events":
			next = p.events(next, u, depth)
		case "options":
			next = p.options(next, u, depth)
		default:
			next = p.value(next, depth)
		}
		if next == bad {
			return bad
		}
		next, more = p.after(next, '}')
	}
	return next
}

func (p *Parser) apiKey(i int, u *upload.Batch, depth int) int {
	u.APIKey = upload.Span{}
	if at(p.text, i) != '"' {
		return p.value(i, depth)
	}
	return p.string(i, u, &u.APIKey)
}

func (p *Parser) options(i int, u *upload.Batch, depth int) int {
	u.MinIDLength, u.HasMinID = 0, false
	if at(p.text, i) != '{' {
		return p.value(i, depth)
	}
	depth++
	next, more := p.enter(i, '}', depth)
	for more {
		var name []byte
		if name, next = p.name(next, next+1); next == bad {
			return bad
		}
		from, wanted := next, string(name) == "min_id_length"
		if next = p.value(from, depth); next == bad {
			return bad
		}
		if wanted {
			n, ok := integer(p.text[from:next])
			u.MinIDLength, u.HasMinID = 0, ok && n >= 0 && n <= 1<<20
			if u.HasMinID {
				u.MinIDLength = int(n)
			}
		}
		next, more = p.after(next, '}')
	}
	return next
}

// string reads the string at i into a span.
func (p *Parser) string(i int, u *upload.Batch, into *upload.Span) int {
	end, escaped := skipPlain(p.text, i+1), false
	if at(p.text, end) != '"' {
		if end, escaped = scanText(p.text, end); end == bad {
			return bad
		}
	}
	if *into = span(i+1, end); escaped {
		*into = u.Rewrite(func(dst []byte) []byte { return upload.AppendUnquoted(dst, p.text[i:end+1]) })
	}
	return end + 1
}

// span is the part of the body between two indexes.
func span(from, to int) upload.Span { return upload.Span{From: uint32(from), To: uint32(to)} }
