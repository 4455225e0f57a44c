package mapping

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

//go:embed types.txt
var typesText string

// The version of Braze Currents that types.txt transcribes.
const (
	CurrentsVersion = 12
	CurrentsDate    = "2026-09-02"
)

// target is where a storage field goes.
type target uint8

const (
	toProperty  target = iota
	toProductID        // top-level productId
	toPrice            // top-level price
)

// route is one field's way from the storage record to the wire.
type route struct {
	target target
	slot   uint64 // one bit a property: a property is written once
	name   []byte // `"card_id":`, ready to append
}

// eventType is one row of the table, compiled.
type eventType struct {
	name     string
	exported bool
	head     []byte // `{"event_type":"[Appboy] Email Open"`, for a custom event up to its name
	custom   bool   // the event's own name ends the title
	deviceID bool   // the payload has a top-level device_id
	adID     bool   // ad_id is copied to the top level
	brazeID  []byte // `"braze_user_id":`, nil if Braze's own user_id is not sent
	prefix   []byte // `"[Purchase property] `, nil if the type has no custom properties
	routes   map[string]route
}

// table is every published type by name. It is read once and never changed.
var table = sync.OnceValue(func() map[string]*eventType {
	types := make(map[string]*eventType)
	for block := range strings.SplitSeq(typesText, "\n\n") {
		t, err := parseType(block)
		if err != nil {
			panic("mapping: types.txt: " + err.Error())
		}
		if t != nil {
			types[t.name] = t
		}
	}
	return types
})

// parseType reads one block of types.txt; nil for a block of comments.
func parseType(block string) (*eventType, error) {
	var t *eventType
	for line := range strings.Lines(block) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "\t")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !indented && t == nil:
			name, title, exported := strings.Cut(line, " = ")
			t = &eventType{name: name, exported: exported, routes: make(map[string]route)}
			t.setTitle(title)
		case indented && t != nil:
			key, value, _ := strings.Cut(line[1:], " ")
			if err := t.set(key, value); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
		default:
			return nil, fmt.Errorf("line %q does not belong here", line)
		}
	}
	return t, nil
}

// setTitle compiles the title. The prefix is published; that one space follows
// it is DERIVED.
func (t *eventType) setTitle(title string) {
	title, t.custom = strings.CutSuffix(title, "<name>")
	t.head = appendString([]byte(`{"event_type":`), "[Appboy] "+title)
	if t.custom {
		t.head = t.head[:len(t.head)-1]
	}
}

func (t *eventType) set(key, value string) error {
	switch key {
	case "derived", "not": // for the reader of the table
	case "top":
		return t.setTop(strings.Fields(value))
	case "custom":
		t.prefix = appendString(nil, value+" ")
		t.prefix = t.prefix[:len(t.prefix)-1]
	case "prop":
		for name := range strings.FieldsSeq(value) {
			t.addProperty(name)
		}
	default:
		return fmt.Errorf("key %q is not known", key)
	}
	return nil
}

// setTop takes the top-level members beyond those every event has.
func (t *eventType) setTop(names []string) error {
	for _, name := range names {
		switch name {
		case "device_id":
			t.deviceID = true
		case "productId<product_id":
			t.routes["product_id"] = route{target: toProductID, name: []byte(`,"productId":`)}
		case "price":
			t.routes["price"] = route{target: toPrice, name: []byte(`,"price":`)}
		case "adid<ad_id", "idfa<ad_id":
			t.adID = true
		default:
			return fmt.Errorf("top-level member %q is not known", name)
		}
	}
	return nil
}

// brazeUserID is the storage field of Braze's own id of the user.
const brazeUserID = "user_id"

// addProperty takes name, or name<source where the storage field is called
// otherwise. Several sources share a slot.
func (t *eventType) addProperty(name string) {
	name, sources, renamed := strings.Cut(name, "<")
	if !renamed {
		sources = name
	}
	r := route{slot: 1 << len(t.routes), name: append(appendString(nil, name), ':')}
	for source := range strings.SplitSeq(sources, ",") {
		if source == brazeUserID {
			t.brazeID = r.name
			continue
		}
		t.routes[source] = r
	}
}

// Types lists the event types that can be exported, sorted.
func Types() []string {
	var names []string
	for name, t := range table() {
		if t.exported {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// appendString appends text as a JSON string. Invalid UTF-8, which no reader
// lets through, becomes U+FFFD.
func appendString(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
