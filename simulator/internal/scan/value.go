package scan

import "github.com/ammeter/ammeter/simulator/internal/upload"

// value skips a value inside depth objects and arrays. It leaves in p.deepest the
// depth of the innermost object or array, if that is more than was there.
func (p *Parser) value(i, depth int) int {
	b := p.text
	switch c := at(b, i); c {
	case '"':
		end := skipPlain(b, i+1)
		if at(b, end) != '"' {
			if end, _ = scanText(b, end); end == bad {
				return bad
			}
		}
		return end + 1
	case '{':
		return p.skipObject(i, depth+1)
	case '[':
		return p.skipArray(i, depth+1)
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case 'n':
		return skipWord(b, i, "null")
	default:
		return skipNumber(b, i)
	}
}

// skipObject, skipArray and those that read objects take the short way from token to
// token where there are no blanks between them. It is the same as colon and after,
// which are too long to be inlined, and worth a quarter of the time.
func (p *Parser) skipObject(i, depth int) int {
	b := p.text
	next, more := p.enter(i, '}', depth)
	for more {
		end := skipPlain(b, next+1)
		if at(b, next) == '"' && follows(b, end, `":`) && at(b, end+2) > ' ' {
			next = end + 2
		} else if next = p.skipName(next, end); next == bad {
			return bad
		}
		if at(b, next) == '"' {
			if end = skipPlain(b, next+1); at(b, end) != '"' {
				if end, _ = scanText(b, end); end == bad {
					return bad
				}
			}
			next = end + 1
		} else if next = p.value(next, depth); next == bad {
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

func (p *Parser) skipArray(i, depth int) int {
	b := p.text
	next, more := p.enter(i, ']', depth)
	for more {
		if next = p.value(next, depth); next == bad {
			return bad
		}
		if at(b, next) == ',' && at(b, next+1) > ' ' {
			next++
			continue
		}
		next, more = p.after(next, ']')
	}
	return next
}

// enter starts at an opening bracket. It returns the index of the first element, or
// that behind the closing bracket if there is none, and whether there is one.
func (p *Parser) enter(i int, closing byte, depth int) (next int, more bool) {
	if depth > p.deepest {
		if p.deepest = depth; depth > maxNesting {
			return bad, false
		}
	}
	if i = skipBlanks(p.text, i+1); at(p.text, i) == closing {
		return i + 1, false
	}
	return i, true
}

// after starts behind an element. It returns the index of the next element, or that
// behind the closing bracket if there is none, and whether there is one.
func (p *Parser) after(i int, closing byte) (next int, more bool) {
	i = skipBlanks(p.text, i)
	switch at(p.text, i) {
	case ',':
		// A bracket here is no value and no name: the caller finds out.
		return skipBlanks(p.text, i+1), true
	case closing:
		return i + 1, false
	}
	return bad, false
}

// colon starts behind a name and returns the index of the value.
func (p *Parser) colon(i int) int {
	if i = skipBlanks(p.text, i); at(p.text, i) != ':' {
		return bad
	}
	return skipBlanks(p.text, i+1)
}

// skipName skips the name that begins at i and is plain up to another index. It returns the
// index of the value.
func (p *Parser) skipName(i, plain int) int {
	if at(p.text, i) != '"' {
		return bad
	}
	if at(p.text, plain) != '"' {
		if plain, _ = scanText(p.text, plain); plain == bad {
			return bad
		}
	}
	return p.colon(plain + 1)
}

// name is skipName, and returns the name as well. It is valid until the next call.
func (p *Parser) name(i, plain int) (name []byte, next int) {
	b := p.text
	if at(b, i) != '"' {
		return nil, bad
	}
	end, escaped := scanText(b, plain)
	if end == bad {
		return nil, bad
	}
	name = b[i+1 : end]
	if escaped {
		p.unescaped = upload.AppendUnquoted(p.unescaped[:0], b[i:end+1])
		name = p.unescaped
	}
	return name, p.colon(end + 1)
}
