package amplitude

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Answer is what Amplitude said to one upload. Indexes are places in the events
// array of that upload, as received: they may be out of range.
//
// The text of the error member is not kept, because it quotes the API key.
type Answer struct {
	// Status is the HTTP status. Zero: no answer came.
	Status int
	// Foreign is set when status and body are not of the shape Amplitude publishes.
	// Such an answer says nothing about events or the key, and nothing is read of it.
	Foreign bool
	// ContentType and Excerpt describe a foreign answer to a person. The excerpt
	// holds nothing that was sent.
	ContentType, Excerpt string
	// Ingested is the number of events a success says it took.
	Ingested int
	// RetryAfter is the wait the answer asked for; zero: none.
	RetryAfter time.Duration
	// KeyRefused is set when the answer names the API key as the fault.
	KeyRefused bool
	// Generation is that of the key the upload carried; see Client.Generation.
	Generation uint64
	// OldKey is set when that key was replaced since.
	OldKey bool

	// Indexes of refused events, by what is wrong with them.
	MissingField, InvalidField, InvalidIDLength, InvalidID, Silenced []int
	// SilencedDevices are ids whose events are refused for good.
	SilencedDevices []string

	// Ids above the rate limit, ids above the daily quota, and the indexes of
	// the events that belong to either.
	ThrottledDevices, ThrottledUsers []string
	QuotaDevices, QuotaUsers         []string
	ThrottledEvents                  []int

	// Words are set by [Client.Post].
	Words Words
}

// DecodeAnswer reads the body of an answer. A body that is not of Amplitude's shape
// makes the answer foreign. Of a body that is, a member of an unexpected shape
// counts as absent.
func DecodeAnswer(status int, body []byte) Answer {
	a := Answer{Status: status}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		members = nil
	}
	if !isPublished(status, members) {
		a.Foreign = true
		return a
	}
	switch status {
	case http.StatusOK:
		read(members["events_ingested"], &a.Ingested)
	case http.StatusBadRequest, http.StatusTooManyRequests:
		a.readRefusal(members)
	}
	return a
}

func (a *Answer) readRefusal(members map[string]json.RawMessage) {
	if a.Status == http.StatusBadRequest {
		var text string
		read(members["error"], &text)
		a.KeyRefused = missingField(members) == "api_key" || isInvalidKey(text)
	}
	a.MissingField = indexes(members["events_with_missing_fields"], members["events_missing_required_fields"])
	a.InvalidField = indexes(members["events_with_invalid_fields"])
	a.InvalidIDLength = indexes(members["events_with_invalid_id_lengths"])
	a.InvalidID = indexes(members["events_with_invalid_ids"])
	read(members["silenced_events"], &a.Silenced)
	read(members["silenced_devices"], &a.SilencedDevices)

	a.ThrottledDevices = ids(members["throttled_devices"])
	a.ThrottledUsers = ids(members["throttled_users"])
	a.QuotaDevices = ids(members["exceeded_daily_quota_devices"])
	a.QuotaUsers = ids(members["exceeded_daily_quota_users"])
	read(members["throttled_events"], &a.ThrottledEvents)
}

// read decodes one member and reports whether it was there and had that shape.
func read(raw json.RawMessage, into any) bool {
	return len(raw) > 0 && json.Unmarshal(raw, into) == nil
}

// indexes collects the indexes of maps from a field name to indexes.
func indexes(maps ...json.RawMessage) []int {
	var all []int
	for _, raw := range maps {
		var byField map[string]json.RawMessage
		read(raw, &byField)
		for _, list := range byField {
			var some []int
			if read(list, &some) {
				all = append(all, some...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ids returns the keys of a map from an id to a count, in order.
func ids(raw json.RawMessage) []string {
	var counts map[string]json.RawMessage
	read(raw, &counts)
	return slices.Sorted(maps.Keys(counts))
}
