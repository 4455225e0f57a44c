package mapping

import "fmt"

// Reasons of a [Drop], in the words of the exporter's ledger.
const (
	Unaddressable = "unaddressable" // no usable id left
	NotSelected   = "not_selected"  // the type is not in the connector's list
	NotExported   = "not_exported"  // a published type that Amplitude is not sent
	UnknownType   = "unknown_type"  // no published type
	Malformed     = "malformed"     // a custom event without a name
	TooLarge      = "too_large"     // over Braze's limit
)

// MalformedCustomProperties is the fault of an event that is sent all the same:
// its custom properties are not a JSON object and were left out.
const MalformedCustomProperties = "malformed_custom_properties"

// InvalidText is the fault of an event that is sent all the same: a text of it that is
// sent was not Unicode, and has U+FFFD where it was not.
const InvalidText = "invalid_text"

// Drop is why an event is not sent. Its text holds no value of the event.
type Drop struct { //nolint:errname // an outcome with a word in the ledger, not a failure
	Reason string
	Type   string // the event's type
	Kept   bool   // it is no drop: the event is kept as an [Unmapped] record
}

// Error says which type was dropped and why.
func (d *Drop) Error() string {
	if d.Kept {
		return fmt.Sprintf("event of type %.80q is kept as a dead letter: %s", d.Type, d.Reason)
	}
	return fmt.Sprintf("event of type %.80q is dropped: %s", d.Type, d.Reason)
}
