package currents

import "github.com/go-json-experiment/json/jsontext"

// Event is one Currents event, whatever shape it arrived in. The caller may
// keep it: nothing in it is shared with the reader or with another event's
// future.
type Event struct {
	Type           string // canonical dotted name, aliases resolved; as it came if no such type is published
	ID             string // never empty
	Time           int64  // seconds since the epoch, 0 to the end of year 9999
	ExternalUserID string // the customer's id for the user; empty if absent
	DeviceID       string // empty if absent

	// BrazeUserID is Braze's own id of the user as raw JSON; nil if absent. Only
	// a few types may send it, and only as a property.
	BrazeUserID jsontext.Value

	// Fields are the other storage fields in input order, with raw JSON
	// values and no nulls. A name may occur twice only if the input had it both
	// beside and inside "user" or "properties"; the first one counts.
	Fields []Field

	// Custom is the raw JSON object of a custom event's or a purchase's own
	// properties; nil if there are none. It is strict JSON: no duplicate
	// names, valid UTF-8.
	Custom jsontext.Value

	// CustomFault is set when custom properties were present but are not a
	// JSON object. Custom is nil then.
	CustomFault bool

	// Replaced names the texts of the event that are not Unicode in the input, and
	// have U+FFFD where they were not.
	Replaced Replaced
}

// Replaced is a set of texts of an event.
type Replaced uint8

// The texts.
const (
	ReplacedID Replaced = 1 << iota
	ReplacedExternalUserID
	ReplacedDeviceID
	ReplacedCustom
	ReplacedBrazeUserID
)

// Field is one member of a storage record. Value is strict JSON without raw
// newlines and not null.
type Field struct {
	Name     string
	Value    jsontext.Value
	Replaced bool // text in it is not Unicode in the input
}
