package ingest

import "bytes"

// MaxDepth is how many layers of objects and arrays properties may have, from the
// HTTP V2 page.
const MaxDepth = 40

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
