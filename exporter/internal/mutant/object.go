package mutant

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object whose values keep their spelling.
type object = map[string]json.RawMessage

// decoded reads an object; what is none gives an empty one.
func decoded(text []byte) object {
	o := object{}
	if json.Unmarshal(text, &o) != nil || o == nil {
		return object{}
	}
	return o
}

// member returns a member that is an object.
func member(o object, name string) object { return decoded(o[name]) }

// text returns a member that is a string; "" if it is none.
func text(o object, name string) string {
	var s string
	_ = json.Unmarshal(o[name], &s) // stays empty
	return s
}

func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("mutant: what came out of a decoder encodes: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}
