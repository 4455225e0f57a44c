package currents

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxTime is the end of year 9999 in seconds. A later time is milliseconds
// given as seconds, or nonsense.
const MaxTime = 253402300799

// Role is what a member of a storage record means to the reader.
type Role uint8

// Roles of members.
const (
	RoleField      Role = iota // an ordinary storage field
	RoleType                   // event_type
	RoleID                     // id
	RoleTime                   // time
	RoleExternalID             // external_user_id
	RoleDeviceID               // device_id
	RoleBrazeID                // user_id: Braze's own
	RoleProperties             // properties: JSON-encoded string in storage, object in Custom HTTP
)

// RoleOf is the role of a member of a flat record.
func RoleOf(name string) Role {
	switch name {
	case "event_type":
		return RoleType
	case "id":
		return RoleID
	case "time":
		return RoleTime
	case "external_user_id":
		return RoleExternalID
	case "device_id":
		return RoleDeviceID
	case "user_id":
		return RoleBrazeID
	case "properties":
		return RoleProperties
	}
	return RoleField
}

// eventBuilder puts one event together from its members, in whatever order they
// come. The zero value is ready; reset it for the next event.
type eventBuilder struct {
	event          Event
	timeSet        bool
	properties     jsontext.Value // the member "properties" when it is no Custom HTTP object
	propertiesText string         // the same as text, from a reader that has no need of JSON for it
	propertiesSet  bool
	replacedProps  bool           // text of properties was replaced
	custom         jsontext.Value // custom_properties or purchase_properties
	replacedCustom bool           // text of it was replaced
	customHTTP     bool           // a "user" object was seen
	flat           bool           // a storage field was seen at the top level
	inline         inline
}

// inline is "properties" as an object: the members that became fields, and
// their text in case they turn out to be custom properties.
type inline struct {
	object       jsontext.Value
	first, count int // in Event.Fields
	replaced     bool
}

// add takes one member. The value must be valid strict JSON that the event may
// keep; replaced is set if text in it had to be replaced for that.
func (a *eventBuilder) add(r Role, name string, value jsontext.Value, replaced bool) error {
	if value.Kind() == jsontext.KindNull {
		return nil
	}
	switch r {
	case RoleBrazeID:
		if a.event.BrazeUserID == nil {
			a.event.BrazeUserID = value
			if replaced {
				a.event.Replaced |= ReplacedBrazeUserID
			}
		}
		return nil
	case RoleTime:
		return a.setTime(value)
	case RoleProperties:
		a.properties, a.replacedProps = value, replaced
		return nil
	case RoleField:
		a.event.Fields = append(a.event.Fields, Field{Name: name, Value: value, Replaced: replaced})
		return nil
	case RoleType, RoleID, RoleExternalID, RoleDeviceID:
	}
	user := r == RoleExternalID || r == RoleDeviceID
	switch {
	case value.Kind() == jsontext.KindString:
		a.setText(r, unquote(value), replaced)
	case user && value.Kind() == jsontext.KindNumber:
		a.setText(r, string(value), false) // Amplitude takes a number for its text
	case user: // any other value is none that Amplitude takes, and counts as absent
	default:
		return fmt.Errorf("%s is not a string", name)
	}
	return nil
}

// setText takes a member whose value is a string. The first non-empty one
// counts.
func (a *eventBuilder) setText(r Role, text string, replaced bool) {
	var to *string
	var mark Replaced
	switch r {
	case RoleType:
		to = &a.event.Type
	case RoleID:
		to, mark = &a.event.ID, ReplacedID
	case RoleExternalID:
		to, mark = &a.event.ExternalUserID, ReplacedExternalUserID
	case RoleDeviceID:
		to, mark = &a.event.DeviceID, ReplacedDeviceID
	case RoleField, RoleTime, RoleBrazeID, RoleProperties:
		return
	}
	if *to == "" {
		*to = text
		if replaced {
			a.event.Replaced |= mark
		}
	}
}

// setTime takes whole seconds, also when written as 1.7e9 or 1700000000.0.
func (a *eventBuilder) setTime(value jsontext.Value) error {
	if value.Kind() != jsontext.KindNumber {
		return errors.New("time is not a number")
	}
	seconds, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		f, err := strconv.ParseFloat(string(value), 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) > MaxTime {
			return errors.New("time is not a whole number of seconds since 1970")
		}
		seconds = int64(f)
	}
	return a.setSeconds(seconds)
}

func (a *eventBuilder) setSeconds(seconds int64) error {
	if seconds < 0 || seconds > MaxTime {
		return errors.New("time is out of range: want seconds since 1970")
	}
	a.event.Time, a.timeSet = seconds, true
	return nil
}

// finish checks the event and returns it with the reason it is bad, if it is.
func (a *eventBuilder) finish(hint Hint) (ev Event, reason string, err error) {
	if a.event.Type == "" {
		a.event.Type = string(hint)
	}
	a.event.Type = Canonical(a.event.Type)
	switch {
	case a.event.Type == "":
		if what := lookalike(a.event.Fields); what != "" {
			return Event{}, UnknownType, errors.New("it looks like " + what + ": give what Braze Currents wrote")
		}
		return Event{}, UnknownType, errors.New("nothing names the event type")
	case a.event.ID == "":
		return Event{}, Malformed, errors.New("no id")
	case !a.timeSet:
		return Event{}, Malformed, errors.New("no time")
	}
	switch {
	case a.custom != nil:
		a.setCustom(a.custom, a.replacedCustom)
	case a.propertiesSet && hasCustom(a.event.Type):
		a.setCustomText(a.propertiesText, a.replacedProps)
	case a.propertiesSet:
		a.event.Fields = append(a.event.Fields, Field{Name: "properties", Value: quote(a.propertiesText), Replaced: a.replacedProps})
	case hasCustom(a.event.Type) && a.properties != nil:
		a.setCustom(a.properties, a.replacedProps)
	case hasCustom(a.event.Type) && a.inline.object != nil && a.flat && !a.customHTTP:
		in := a.inline
		a.event.Fields = slices.Delete(a.event.Fields, in.first, in.first+in.count)
		a.setCustom(in.object, in.replaced)
	case a.properties != nil:
		a.event.Fields = append(a.event.Fields, Field{Name: "properties", Value: a.properties, Replaced: a.replacedProps})
	}
	return a.event, "", nil
}

// setCustom takes the custom properties as an object, or as a string that
// holds one. Anything else is a fault of the event but no reason to lose it.
func (a *eventBuilder) setCustom(value jsontext.Value, replaced bool) {
	switch value.Kind() {
	case jsontext.KindString:
		a.setCustomText(unquote(value), replaced)
	case jsontext.KindBeginObject:
		a.event.Custom = oneLine(value)
		if replaced {
			a.event.Replaced |= ReplacedCustom
		}
	default:
		a.event.CustomFault = true
	}
}

// setCustomText takes the custom properties as JSON text. The empty text is a
// fault too.
func (a *eventBuilder) setCustomText(text string, replaced bool) {
	value, inside, ok := CustomText([]byte(text))
	switch {
	case !ok:
		a.event.CustomFault = true
	case value != nil:
		a.event.Custom = oneLine(value)
		if replaced || inside {
			a.event.Replaced |= ReplacedCustom
		}
	}
}

// oneLine takes the newlines between tokens out of a valid value.
func oneLine(value jsontext.Value) jsontext.Value {
	if bytes.IndexByte(value, '\n') < 0 && bytes.IndexByte(value, '\r') < 0 {
		return value
	}
	value = value.Clone()
	if err := value.Compact(); err != nil {
		panic("currents: a value that was valid is not: " + err.Error())
	}
	return value
}

// unquote returns the text of a valid JSON string.
func unquote(value jsontext.Value) string {
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		panic("currents: a string that was valid is not: " + err.Error())
	}
	return string(text)
}

// quote returns text, which is UTF-8, as JSON.
func quote(text string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return quoted
}
