package currents

import (
	"path"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/input"
)

// Hint is the event type of records that do not name one themselves. The zero
// value is no hint.
type Hint string

// PathHint finds the event type in an object key or file path: the last
// segment of the form event_type=users.messages.email.Open, else a file that
// is named after a published type (users.messages.email.Open.json.gz). Backslashes
// count as separators.
func PathHint(name string) Hint {
	name = strings.ReplaceAll(name, `\`, "/")
	segments := strings.Split(name, "/")
	for _, segment := range slices.Backward(segments) {
		if value, ok := strings.CutPrefix(segment, "event_type="); ok {
			return Hint(Canonical(value))
		}
	}
	base := input.Unpacked(path.Base(name))
	if typ := Canonical(strings.TrimSuffix(base, path.Ext(base))); Published(typ) {
		return Hint(typ)
	}
	return ""
}
