// Package strictjson finds where JSON values end, several times as fast as a tokenizer:
// most of JSON is text, which it passes eight bytes at a time.
//
// What it takes is strict JSON on one line, as jsontext takes it: valid UTF-8, no
// halves of surrogate pairs, no two equal names in an object. It takes less than that:
// names with escapes, objects of many members and deep nesting are left to jsontext.
package strictjson

import "bytes"

// Results of a search in place of an end.
const (
	No    = -1 // it is no strict JSON, or more than this package takes
	Short = -2 // the text ends inside the value
)

const (
	maxDepth   = 64
	maxMembers = 256 // each name is compared with those before it
)

// Scanner finds the ends of values. The zero value is ready, and reuse is what it is for.
type Scanner struct {
	names []place // of the objects that are open, one after the other
}

// place is a part of the text.
type place struct{ from, to uint32 }

// Value returns the end of the value that begins at text[at].
func (s *Scanner) Value(text []byte, at int) int {
	s.names = s.names[:0]
	return s.value(text, at, 0)
}

// Object returns the end of the object that begins at text[at], and calls member for each
// of its members. A name comes with its quotes.
func (s *Scanner) Object(text []byte, at int, member func(name, value []byte)) int {
	s.names = s.names[:0]
	if at >= len(text) {
		return Short
	}
	if text[at] != '{' {
		return No
	}
	return s.object(text, at, 0, member)
}

func (s *Scanner) value(text []byte, at, depth int) int {
	if at >= len(text) {
		return Short
	}
	switch text[at] {
	case '"':
		end, _ := String(text, at)
		return end
	case '{':
		return s.object(text, at, depth, nil)
	case '[':
		return s.array(text, at, depth)
	}
	return Scalar(text, at)
}

func (s *Scanner) object(text []byte, at, depth int, member func(name, value []byte)) int {
	if depth == maxDepth {
		return No
	}
	seen := names{scanner: s, first: len(s.names)}
	if at = Blanks(text, at+1); at < len(text) && text[at] == '}' {
		return at + 1
	}
	for at < len(text) {
		from := at
		to, plain := String(text, at)
		if to < 0 {
			return to
		}
		if !plain || !seen.add(text, from, to) {
			return No
		}
		if at = Behind(text, to, ':'); at < 0 {
			return at
		}
		start := at
		if at = s.value(text, at, depth+1); at < 0 {
			return at
		}
		if member != nil {
			member(text[from:to], text[start:at])
		}
		if at = Blanks(text, at); at == len(text) {
			return Short
		}
		switch text[at] {
		case '}':
			s.names = s.names[:seen.first]
			return at + 1
		case ',':
			at = Blanks(text, at+1)
		default:
			return No
		}
	}
	return Short
}

func (s *Scanner) array(text []byte, at, depth int) int {
	if depth == maxDepth {
		return No
	}
	if at = Blanks(text, at+1); at < len(text) && text[at] == ']' {
		return at + 1
	}
	for at < len(text) {
		if at = s.value(text, at, depth+1); at < 0 {
			return at
		}
		if at = Blanks(text, at); at == len(text) {
			return Short
		}
		switch text[at] {
		case ']':
			return at + 1
		case ',':
			at = Blanks(text, at+1)
		default:
			return No
		}
	}
	return Short
}

// names are those of one object.
type names struct {
	scanner *Scanner
	first   int    // in scanner.names
	kinds   uint64 // one bit for each kind of name: most are the only one of their kind
}

// add returns false for a name that the object has already, or has no room for.
func (n *names) add(text []byte, from, to int) bool {
	s := n.scanner
	name := text[from:to]
	kind := uint64(1) << ((uint(len(name)) + 7*uint(name[1]) + 31*uint(name[len(name)-2])) % 64)
	if n.kinds&kind != 0 {
		for _, earlier := range s.names[n.first:] {
			if bytes.Equal(text[earlier.from:earlier.to], name) {
				return false
			}
		}
	}
	n.kinds |= kind
	s.names = append(s.names, place{uint32(from), uint32(to)})
	return len(s.names)-n.first <= maxMembers
}

// Blanks returns where the blanks at text[at] end. A line break is none.
func Blanks(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	return at
}

// Behind returns the beginning of what follows the given byte, with blanks around it.
func Behind(text []byte, at int, c byte) int {
	if at = Blanks(text, at); at == len(text) {
		return Short
	}
	if text[at] != c {
		return No
	}
	return Blanks(text, at+1)
}
