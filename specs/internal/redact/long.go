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
	longText = 2000
	// keptText is what is left of it, before its size and digest.
	keptText = 100
)

// shorter cuts the long strings in a JSON text; a text without any stays as it is.
func shorter(text json.RawMessage) json.RawMessage {
	if len(text) <= longText {
		return text
	}
	v, err := decode(text)
	if err != nil {
		return text
	}
	cut := false
	v = walk(v, func(s string) string {
		if len(s) <= longText {
			return s
		}
		cut = true
		return fmt.Sprintf("%s... (%d bytes, SHA-256 %x)", strings.ToValidUTF8(s[:keptText], ""), len(s), sha256.Sum256([]byte(s)))
	})
	if !cut {
		return text
	}
	return encoded(v, text)
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
