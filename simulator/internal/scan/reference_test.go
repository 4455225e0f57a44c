package scan

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// The reference parser: the standard library and maps, slow and obvious.

type refUpload struct {
	ok        bool
	key       string
	hasEvents bool
	hasMinID  bool
	minID     int
	events    []refEvent
}

type refEvent struct {
	raw                          string
	user, device, kind, insertID *string
	invalid, maybeInvalid        upload.Fields
	notObject                    bool
}

func reference(body []byte) refUpload {
	var u refUpload
	top, ok := object(body)
	if !ok || !utf8.Valid(body) {
		return u
	}
	u.ok = true
	if s := text(top["api_key"]); s != nil {
		u.key = *s
	}
	if options, ok := object(top["options"]); ok {
		if n, ok := whole(options["min_id_length"]); ok && n >= 0 && n <= 1<<20 {
			u.hasMinID, u.minID = true, int(n)
		}
	}
	var events []json.RawMessage
	if bytes.HasPrefix(bytes.TrimSpace(top["events"]), []byte("[")) && json.Unmarshal(top["events"], &events) == nil {
		u.hasEvents = true
	}
	for _, raw := range events {
		u.events = append(u.events, referenceEvent(raw))
	}
	return u
}

func referenceEvent(raw json.RawMessage) refEvent {
	e := refEvent{raw: string(bytes.TrimSpace(raw))}
	fields, ok := object(raw)
	if !ok {
		e.notObject = true
		return e
	}
	e.user = e.id(fields, "user_id", upload.UserID)
	e.device = e.id(fields, "device_id", upload.DeviceID)
	e.insertID = e.id(fields, "insert_id", upload.InsertID)
	if e.kind = text(fields["event_type"]); e.kind == nil && !absent(fields["event_type"]) {
		e.invalid |= upload.EventType
	}
	if n, ok := whole(fields["time"]); ok && n < 1e11 {
		e.maybeInvalid |= upload.Time
	} else if !ok && !absent(fields["time"]) {
		e.invalid |= upload.Time
	}
	for name, field := range map[string]upload.Fields{"event_properties": upload.EventProperties, "user_properties": upload.UserProperties} {
		if _, ok := object(fields[name]); !ok && !absent(fields[name]) {
			e.invalid |= field
		} else if layers(fields[name]) > 40 {
			e.maybeInvalid |= field
		}
	}
	return e
}

// layers is the depth of objects and arrays in a value.
func layers(raw json.RawMessage) int {
	depth, deepest := 0, 0
	dec := json.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := dec.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// stored is an event as it is stored, but for its groups.
func stored(event []byte, user, device string) map[string]any {
	var fields map[string]any
	if json.Unmarshal(event, &fields) != nil {
		return nil
	}
	for name, value := range fields {
		fields[name] = shortened(value)
	}
	for name, id := range map[string]string{"user_id": user, "device_id": device} {
		switch value, there := fields[name]; {
		case !there || value == nil:
		case id == "":
			delete(fields, name)
		default:
			fields[name] = id
		}
	}
	return fields
}

// shortened cuts the strings of a value to 1024 characters.
func shortened(value any) any {
	switch v := value.(type) {
	case string:
		if runes := []rune(v); len(runes) > 1024 {
			return string(runes[:1024])
		}
	case []any:
		for i := range v {
			v[i] = shortened(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = shortened(v[k])
		}
	}
	return value
}

func (e *refEvent) id(fields map[string]json.RawMessage, name string, field upload.Fields) *string {
	raw := fields[name]
	if s := text(raw); s != nil || absent(raw) {
		return s
	}
	if !number(raw) {
		e.invalid |= field
		return nil
	}
	s := string(raw)
	return &s
}

func absent(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

func number(raw json.RawMessage) bool {
	return len(raw) > 0 && strings.ContainsRune("-0123456789", rune(raw[0]))
}

func text(raw json.RawMessage) *string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return &s
}

func object(raw []byte) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil || m == nil {
		return nil, false
	}
	return m, true
}

func whole(raw json.RawMessage) (int64, bool) {
	if !number(raw) {
		return 0, false
	}
	if !strings.ContainsAny(string(raw), ".eE") {
		n, ok := new(big.Int).SetString(string(raw), 10)
		return n.Int64(), ok && n.IsInt64()
	}
	var f float64
	if json.Unmarshal(raw, &f) != nil || f != math.Floor(f) || f >= 1<<63 || f <= -(1<<63) {
		return 0, false
	}
	return int64(f), true
}
