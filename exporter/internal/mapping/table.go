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

// Target is where a storage field goes.
type Target uint8

// Where a field goes.
const (
	ToProperty  Target = iota
	ToProductID        // top-level productId
	ToPrice            // top-level price
	ToTitle            // end of the title of a custom event
)

// Route is one field's way from the storage record to the wire.
type Route struct {
	Target Target
	Slot   uint64 // one bit a property: a property is written once
	Name   []byte // `"card_id":`, ready to append

	AdID, AdIDType bool // the property is the one that goes to the top level too, or says where
}

// Type is one row of the table, compiled.
type Type struct {
	Name     string
	exported bool
	Head     []byte // `{"event_type":"[Appboy] Email Open"`, for a custom event up to its name
	Custom   bool   // the event's own name ends the title
	DeviceID bool   // the payload has a top-level device_id
	AdID     bool   // ad_id is copied to the top level
	BrazeID  []byte // `"braze_user_id":`, nil if Braze's own user_id is not sent
	Prefix   []byte // `"[Purchase property] `, nil if the type has no custom properties
	Routes   map[string]*Route
}

// table is every published type by name. It is read once and never changed.
var table = sync.OnceValue(func() map[string]*Type {
	types := make(map[string]*Type)
	for block := range strings.SplitSeq(typesText, "\n\n") {
		t, err := parseType(block)
		if err != nil {
			panic("mapping: types.txt: " + err.Error())
		}
		if t != nil {
			types[t.Name] = t
		}
	}
	return types
})

// parseType reads one block of types.txt; nil for a block of comments.
func parseType(block string) (*Type, error) {
	var t *Type
	for line := range strings.Lines(block) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "\t")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !indented && t == nil:
			name, title, exported := strings.Cut(line, " = ")
			t = &Type{Name: name, exported: exported, Routes: make(map[string]*Route)}
			t.setTitle(title)
		case indented && t != nil:
			key, value, _ := strings.Cut(line[1:], " ")
			if err := t.set(key, value); err != nil {
				return nil, fmt.Errorf("%s: %w", t.Name, err)
			}
		default:
			return nil, fmt.Errorf("line %q does not belong here", line)
		}
	}
	return t, nil
}

// setTitle compiles the title. The prefix is published; that one space follows
// it is DERIVED.
func (t *Type) setTitle(title string) {
	title, t.Custom = strings.CutSuffix(title, "<name>")
	t.Head = appendString([]byte(`{"event_type":`), "[Appboy] "+title)
	if t.Custom {
		t.Routes["name"] = &Route{Target: ToTitle}
		t.Head = t.Head[:len(t.Head)-1]
	}
}

func (t *Type) set(key, value string) error {
	switch key {
	case "derived", "not": // for the reader of the table
	case "top":
		return t.setTop(strings.Fields(value))
	case "custom":
		t.Prefix = appendString(nil, value+" ")
		t.Prefix = t.Prefix[:len(t.Prefix)-1]
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
func (t *Type) setTop(names []string) error {
	for _, name := range names {
		switch name {
		case "device_id":
			t.DeviceID = true
		case "productId<product_id":
			t.Routes["product_id"] = &Route{Target: ToProductID, Name: []byte(`,"productId":`)}
		case "price":
			t.Routes["price"] = &Route{Target: ToPrice, Name: []byte(`,"price":`)}
		case "adid<ad_id", "idfa<ad_id":
			t.AdID = true
		default:
			return fmt.Errorf("top-level member %q is not known", name)
		}
	}
	return nil
}

// BrazeUserID is the storage field of Braze's own id of the user.
const BrazeUserID = "user_id"

// addProperty takes name, or name<source where the storage field is called
// otherwise. Several sources share a slot.
func (t *Type) addProperty(name string) {
	name, sources, renamed := strings.Cut(name, "<")
	if !renamed {
		sources = name
	}
	r := Route{Slot: 1 << len(t.Routes), Name: append(appendString(nil, name), ':')}
	for source := range strings.SplitSeq(sources, ",") {
		if source == BrazeUserID {
			t.BrazeID = r.Name
			continue
		}
		route := r
		route.AdID, route.AdIDType = source == "ad_id", source == "ad_id_type"
		t.Routes[source] = &route
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
