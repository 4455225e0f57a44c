package amplitude

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// texts400 are the published values of "error" in a 400 that is about the events or
// the key. Two more are published: "Missing request body" and "Invalid request path"
// are about the way to Amplitude. They are not in the list, because an answer to a
// request that did not arrive as it was sent says nothing about the events in it.
//
// A text of Amplitude's that is missing here makes the answer foreign: its events are
// sent again and the log shows it, but none is lost. Add it here to have it acted on.
var texts400 = []string{
	"Invalid JSON request body",
	"Invalid event JSON",
	"Request missing required field",
	"Invalid field values on some events",
	"Invalid id length for user_id or device_id",
	"Invalid id value for user_id or device_id",
	"Events silenced for device_id",
	textInvalidKey,
}

const (
	// textInvalidKey stands alone, or in front of a colon and the key.
	textInvalidKey = "Invalid API key"
	text403        = "Forbidden"
	text413        = "Payload too large"
	text429        = "Too many requests for some devices and users"
)

// isPublished reports whether a status and a body are of the shape that Amplitude
// publishes. What is not comes from something between: a proxy, a firewall, a login
// page, another server. Every published body repeats the status as "code", but so do
// gateways.
//
//   - 200 holds the number of events it took. The other two numbers of the published
//     body are not needed to know that it took them.
//   - 400 and 413 hold a published text, or name events or the key. They decide that
//     events are given up, so an unknown text is not enough.
//   - 403 and 429 hold a text, or name ids. The reaction keeps all events.
//   - 5xx and 408 have no published body: the status is all that is needed, and the
//     reaction is safe in any case.
//   - Every other status is none of Amplitude's. It refuses a key with 400.
func isPublished(status int, members map[string]json.RawMessage) bool {
	if status/100 == 5 || status == http.StatusRequestTimeout {
		return true
	}
	var code int // null is 0, which is no status
	if !read(members["code"], &code) || code != status {
		return false
	}
	var text string
	read(members["error"], &text)
	switch status {
	case http.StatusOK:
		var ingested *int
		return read(members["events_ingested"], &ingested) && ingested != nil && *ingested >= 0
	case http.StatusBadRequest:
		lacks := missingField(members)
		return lacks == "api_key" || isInvalidKey(text) || names(members) || lacks == "" && slices.Contains(texts400, text)
	case http.StatusRequestEntityTooLarge:
		return text == text413
	case http.StatusForbidden, http.StatusTooManyRequests:
		return text != "" || names(members)
	default:
		return false
	}
}

// names reports whether an answer names events or ids. A member of another shape names
// none.
func names(members map[string]json.RawMessage) bool {
	var a Answer
	a.readNames(members)
	return a.names()
}

// missingField returns what the request as a whole lacks. Empty: the answer is not
// about that. Events are always sent, so an answer that misses them is about the way.
func missingField(members map[string]json.RawMessage) string {
	var what string
	read(members["missing_field"], &what)
	return what
}

// isInvalidKey reports whether a text is the published one about the key, which
// quotes it.
func isInvalidKey(text string) bool {
	return text == textInvalidKey || strings.HasPrefix(text, textInvalidKey+": ")
}

// isPublishedText reports whether a text is published as it stands, so that it quotes
// nothing that was sent.
func isPublishedText(text string) bool {
	return text == text403 || text == text413 || text == text429 || slices.Contains(texts400, text)
}
