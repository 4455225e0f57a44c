package redact

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	// longText is the size above which a string is cut, so that events made large
	// on purpose do not make the report large.
	longText = 400
	// keptText is what is left of it, before its size and digest.
	keptText = 40
	// deepest is the nesting that is kept: not every reader of a report reads more.
	deepest = 64
)

// shorter cuts the long strings and the deep nesting in a JSON text; a text without
// any stays as it is.
func shorter(text json.RawMessage) json.RawMessage {
	if len(text) <= 2*deepest {
		return text
	}
	v, err := decode(text)
	if err != nil {
		return text
	}
	c := cutter{}
	v = c.cut(v, 0)
	if !c.done {
		return text
	}
	return encoded(v, text)
}

// cutter cuts decoded values; done reports whether it has cut anything.
type cutter struct{ done bool }

func (c *cutter) cut(v any, depth int) any {
	switch v := v.(type) {
	case string:
		if len(v) <= longText {
			return v
		}
		c.done = true
		return fmt.Sprintf("%s... (%d bytes, SHA-256 %x)", strings.ToValidUTF8(v[:keptText], ""), len(v), sha256.Sum256([]byte(v)))
	case map[string]any:
		if depth == deepest {
			return c.digest(v)
		}
		for name, member := range v {
			v[name] = c.cut(member, depth+1)
		}
	case []any:
		if depth == deepest {
			return c.digest(v)
		}
		for i, item := range v {
			v[i] = c.cut(item, depth+1)
		}
	}
	return v
}

func (c *cutter) digest(v any) string {
	c.done = true
	return fmt.Sprintf("... (nested deeper than %d, SHA-256 %x)", deepest, sha256.Sum256(encoded(v, nil)))
}

// encoded writes a decoded value back, or returns the text it came from.
func encoded(v any, text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return text
	}
	return bytes.TrimSpace(b.Bytes())
}
