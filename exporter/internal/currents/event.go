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

	// Fields are the other storage fields in input order, with raw JSON
	// values and no nulls. Braze's own user_id is not among them: it must
	// never leave. A name may occur twice only if the input had it both
	// beside and inside "user" or "properties"; the first one counts.
	Fields []Field

	// Custom is the raw JSON object of a custom event's or a purchase's own
	// properties; nil if there are none. It is strict JSON: no duplicate
	// names, valid UTF-8.
	Custom jsontext.Value

	// CustomFault tells that custom properties were present but are not a
	// JSON object. Custom is nil then.
	CustomFault bool
}

// Field is one member of a storage record. Value is strict JSON without raw
// newlines and not null.
type Field struct {
	Name  string
	Value jsontext.Value
}
