package verdict

import (
	"slices"
	"strings"
)

// Prefixes the mapping puts before names.
const (
	customEventProperty = "[Custom event property] "
	purchaseProperty    = "[Purchase property] "
)

// Concern selects the differences that one requirement is about. One defect of an
// exporter shows in many events; concerns make it fail the requirement that it
// breaks, and not every requirement that looks at the same event.
type Concern func(Difference) bool

// Field concerns the top-level members of those names.
func Field(names ...string) Concern {
	return func(d Difference) bool { return slices.Contains(names, d.Path[0]) }
}

// Unwanted concerns those top-level members where they must be absent.
func Unwanted(names ...string) Concern {
	return func(d Difference) bool { return d.Want == "" && slices.Contains(names, d.Path[0]) }
}

// NamePrefix concerns an event name that does not begin with the prefix the
// expected name begins with, up to and including the last bracketed word.
func NamePrefix(d Difference) bool {
	if d.Path[0] != "event_type" {
		return false
	}
	prefix, _ := splitName(unquote(d.Want))
	got, _ := splitName(unquote(d.Got))
	return prefix != got
}

// CustomKey concerns custom properties under that prefix that are missing, or
// that are there and should not be.
func CustomKey(prefix string) Concern {
	return func(d Difference) bool {
		return len(d.Path) == 2 && d.Path[0] == "event_properties" && strings.HasPrefix(d.Path[1], prefix) &&
			(d.Want == "" || d.Got == "")
	}
}

// CustomValue concerns the values of custom properties whose key is right.
func CustomValue(d Difference) bool {
	return isCustom(d) && d.Want != "" && (len(d.Path) > 2 || d.Got != "")
}

// NestedValue is CustomValue for objects and arrays, without the numbers in them.
func NestedValue(d Difference) bool {
	return isCustom(d) && !NumberValue(d) && (len(d.Path) > 2 || CustomValue(d) && strings.ContainsAny(d.Want[:1], "[{"))
}

// NumberValue is CustomValue for numbers, however deeply nested, that arrived as
// something else.
func NumberValue(d Difference) bool {
	return CustomValue(d) && d.Got != "" && d.Want != "" && strings.ContainsAny(d.Want[:1], "-0123456789")
}

// Properties concerns everything under event_properties.
func Properties(d Difference) bool { return d.Path[0] == "event_properties" }

// Null concerns members that were sent as null and should not be there.
func Null(d Difference) bool { return d.Want == "" && d.Got == "null" }

// Table returns the differences that concern the published table of an event
// type: its title, its properties, the top-level members other than ids and
// envelope. Wrong prefixes and custom properties belong to other requirements.
func Table(all []Difference) []Difference {
	renamed := map[string]bool{} // custom keys that are missing under their full name
	for _, d := range all {
		if isCustom(d) && d.Got == "" {
			_, key := splitName(d.Path[1])
			renamed[key] = true
		}
	}
	var own []Difference
	for _, d := range all {
		switch {
		case Field("user_id", "device_id", "time", "insert_id", "library")(d), isCustom(d), Null(d):
		case d.Path[0] == "event_type":
			_, want := splitName(unquote(d.Want))
			if _, got := splitName(unquote(d.Got)); want != got {
				own = append(own, d)
			}
		case len(d.Path) == 2 && d.Want == "" && renamed[base(d.Path[1])]:
		default:
			own = append(own, d)
		}
	}
	return own
}

func isCustom(d Difference) bool {
	return len(d.Path) > 1 && d.Path[0] == "event_properties" &&
		(strings.HasPrefix(d.Path[1], customEventProperty) || strings.HasPrefix(d.Path[1], purchaseProperty))
}

func base(name string) string {
	_, b := splitName(name)
	return b
}

// splitName cuts the bracketed words at the start off a name:
// "[Appboy] [Custom Event] Order" gives "[Appboy] [Custom Event] " and "Order".
func splitName(name string) (prefix, rest string) {
	rest = name
	for strings.HasPrefix(rest, "[") {
		_, after, found := strings.Cut(rest, "]")
		if !found {
			break
		}
		rest = strings.TrimLeft(after, " ")
	}
	return name[:len(name)-len(rest)], rest
}

func unquote(jsonText string) string {
	s, err := decode([]byte(jsonText))
	if err != nil {
		return ""
	}
	str, _ := s.(string)
	return str
}

// Text concerns text that arrived as other text.
func Text(d Difference) bool {
	return strings.HasPrefix(d.Want, `"`) && strings.HasPrefix(d.Got, `"`) && !NamePrefix(d) &&
		!Field("user_id", "device_id", "time", "insert_id", "library")(d)
}
