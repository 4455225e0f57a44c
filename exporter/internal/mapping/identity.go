package mapping

import "strings"

// UsableID returns the id as Amplitude stores it, or "" if Amplitude can never accept it.
// Blanks around an id are dropped there: with and without them it is the same user, and
// must be the same lane here. That an id that is refused counts as absent, like an empty
// one, is DERIVED; the list is published.
func UsableID(id string) string {
	if id = strings.Trim(id, " "); id == "" {
		return ""
	}
	if len(id) == len(zeroUUID) && id == zeroUUID {
		return ""
	}
	if len(id) > len("undefined") { // the longest of the words
		return id
	}
	switch strings.ToLower(id) {
	case "anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown", "{}", "lmy47d", "0", "-1":
		return ""
	}
	return id
}

const zeroUUID = "00000000-0000-0000-0000-000000000000"
