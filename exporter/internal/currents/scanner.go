package currents

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// scanState is the state of a valueScanner after one more byte.
type scanState uint8

const (
	inside    scanState = iota // the record goes on
	complete                   // this byte ends it
	truncated                  // the record ended before this byte
	invalid                    // the rest of the line cannot be read
	opened                     // it opens a list of records
)

// maxDepth bounds the memory for nesting. A record that is nested deeper is too large.
const maxDepth = MaxRecord

// valueScanner finds where a JSON object or array ends without checking it: brackets
// and strings only. What makes it useful for damaged input is that it sees
// when a record cannot go on: a line break inside a string, or a "{" that
// begins a line where none may stand. So a cut-off line costs only itself.
type valueScanner struct {
	lines     bool // a line break always ends the record
	open      []byte
	braces    int // of open
	inString  bool
	escaped   bool
	lineStart bool
	last      byte // last byte that is neither space nor inside a string
}

// reset starts a new record, inside the given brackets.
func (e *valueScanner) reset(open ...byte) {
	*e = valueScanner{lines: e.lines, open: append(e.open[:0], open...), braces: bytes.Count(open, []byte{'{'})}
}

func (e *valueScanner) step(c byte) scanState {
	if e.inString {
		return e.text(c)
	}
	switch c {
	case ' ', '\t', '\r':
		return inside
	case '\n':
		begins := len(e.open) == 1 && e.last == '{' // as an object around events may
		if e.lines && !begins {
			return truncated
		}
		e.lineStart = true
		return inside
	case '"':
		e.inString = true
	case '{', '[':
		if c == '{' && e.lineStart && !e.mayOpen() {
			return truncated
		}
		if len(e.open) == maxDepth {
			return invalid
		}
		e.open = append(e.open, c)
		if c == '{' {
			e.braces++
		}
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
func (e *valueScanner) plain(data []byte) int {
	if !e.inString || e.escaped {
		return 0
	}
	i := 0
	for ; len(data)-i >= 8; i += 8 {
		if special := strictjson.Special(binary.LittleEndian.Uint64(data[i:])); special != 0 {
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

func (e *valueScanner) text(c byte) scanState {
	switch {
	case c == '\n':
		return truncated
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
func (e *valueScanner) mayOpen() bool {
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
func (e *valueScanner) closes(opening byte) bool {
	if e.braces == 0 && opening == '{' || e.braces == len(e.open) && opening == '[' {
		return false
	}
	for { // each bracket is looked at once: there is one of the kind
		last := len(e.open) - 1
		open := e.open[last]
		e.open = e.open[:last]
		if open == '{' {
			e.braces--
		}
		if open == opening {
			return last == 0
		}
	}
}
