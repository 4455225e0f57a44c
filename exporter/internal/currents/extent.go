package currents

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// verdict is what one more byte does to a record's extent.
type verdict uint8

const (
	inside   verdict = iota // the record goes on
	complete                // this byte ends it
	broken                  // the record ended before this byte, unfinished
	hopeless                // nothing is to be made of the rest of the line
)

// maxDepth bounds the memory for nesting. JSON nested deeper than a sixth of
// it is refused by the parser anyway.
const maxDepth = 1 << 16

// extent finds where a JSON object or array ends without judging it: brackets
// and strings only. What makes it useful for damaged input is that it sees
// when a record cannot go on: a line break inside a string, or a "{" that
// begins a line where none may stand. So a cut-off line costs only itself.
type extent struct {
	lines     bool // a line break always ends the record
	open      []byte
	inString  bool
	escaped   bool
	lineStart bool
	last      byte // last byte that is neither space nor inside a string
}

// reset starts a new record, inside the given brackets.
func (e *extent) reset(open ...byte) {
	*e = extent{lines: e.lines, open: append(e.open[:0], open...)}
}

func (e *extent) step(c byte) verdict {
	if e.inString {
		return e.text(c)
	}
	switch c {
	case ' ', '\t', '\r':
		return inside
	case '\n':
		if e.lines {
			return broken
		}
		e.lineStart = true
		return inside
	case '"':
		e.inString = true
	case '{', '[':
		if c == '{' && e.lineStart && !e.mayOpen() {
			return broken
		}
		if len(e.open) == maxDepth {
			return hopeless
		}
		e.open = append(e.open, c)
	case '}', ']':
		if e.closes(c - 2) { // in ASCII a bracket opens two before it closes
			return complete
		}
	}
	e.last, e.lineStart = c, false
	return inside
}

// plain is a number of bytes that change nothing: text inside a string, as far
// as a quick look goes.
func (e *extent) plain(data []byte) int {
	if !e.inString || e.escaped {
		return 0
	}
	i := 0
	for ; len(data)-i >= 8; i += 8 {
		if special := specialBits(binary.LittleEndian.Uint64(data[i:])); special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c == '"' || c == '\\' || c == '\n' {
			break
		}
	}
	return i
}

func (e *extent) text(c byte) verdict {
	switch {
	case c == '\n':
		return broken
	case e.escaped:
		e.escaped = false
	case c == '\\':
		e.escaped = true
	case c == '"':
		e.inString = false
	}
	return inside
}

// mayOpen reports whether a value may begin here.
func (e *extent) mayOpen() bool {
	switch {
	case len(e.open) == 0:
		return true
	case e.open[len(e.open)-1] == '{':
		return e.last == ':'
	}
	return e.last == ',' || e.last == '['
}

// closes takes a closing bracket back to the nearest bracket of its kind, or
// overlooks it if there is none. It reports whether that was the outermost.
func (e *extent) closes(opening byte) bool {
	for i, open := range slices.Backward(e.open) {
		if open == opening {
			e.open = e.open[:i]
			return i == 0
		}
	}
	return false
}
