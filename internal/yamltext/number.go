package yamltext

import (
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// number matches what YAML may take for a number.
var number = regexp.MustCompile(`^[-+]?\.?[0-9][0-9A-Za-z_.+-]*$|^[-+]?\.(inf|Inf|INF|nan|NaN|NAN)$`)

// keepNumber decodes a string for restoreNumbers. Of a number it keeps the text, which the
// library replaces by that of the value. Other strings may be wrong: the library hands
// them over without some of their escapes.
func keepNumber(into *string, node []byte) error {
	*into = strings.TrimSpace(string(node))
	if !number.MatchString(*into) {
		_ = yaml.Unmarshal(node, into)
	}
	return nil
}

// restoreNumbers gives the strings of a value the numbers that keepNumber has kept in
// another one of the same text.
func restoreNumbers(value, written reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		if text := written.String(); value.Type() == reflect.TypeFor[string]() && number.MatchString(text) {
			value.SetString(text)
		}
	case reflect.Pointer:
		if !value.IsNil() && !written.IsNil() {
			restoreNumbers(value.Elem(), written.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Field(i).CanSet() {
				restoreNumbers(value.Field(i), written.Field(i))
			}
		}
	case reflect.Slice:
		for i := range min(value.Len(), written.Len()) {
			restoreNumbers(value.Index(i), written.Index(i))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if other := written.MapIndex(key); other.IsValid() {
				entry := reflect.New(value.Type().Elem()).Elem()
				entry.Set(value.MapIndex(key))
				restoreNumbers(entry, other)
				value.SetMapIndex(key, entry)
			}
		}
	default: // holds no string
	}
}
