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
	// RetryAfter is the wait the answer demands; zero: none.
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

	// Detail is set by [Client.Post].
	Detail Detail
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
	a.readNames(members)
}

// readNames reads the members that name events or ids. Only Amplitude puts them into an
// answer.
func (a *Answer) readNames(members map[string]json.RawMessage) {
	a.MissingField = indexes(members["events_with_missing_fields"], members["events_missing_required_fields"])
	a.InvalidField = indexes(members["events_with_invalid_fields"])
	a.InvalidIDLength = indexes(members["events_with_invalid_id_lengths"])
	a.InvalidID = indexes(members["events_with_invalid_ids"])
	a.Silenced = list[int](members["silenced_events"])
	a.SilencedDevices = list[string](members["silenced_devices"])

	a.ThrottledDevices = ids(members["throttled_devices"])
	a.ThrottledUsers = ids(members["throttled_users"])
	a.QuotaDevices = ids(members["exceeded_daily_quota_devices"])
	a.QuotaUsers = ids(members["exceeded_daily_quota_users"])
	a.ThrottledEvents = list[int](members["throttled_events"])
}

// names reports whether the answer names events or ids.
func (a *Answer) names() bool {
	return len(a.MissingField)+len(a.InvalidField)+len(a.InvalidIDLength)+len(a.InvalidID)+
		len(a.Silenced)+len(a.SilencedDevices)+len(a.ThrottledEvents)+
		len(a.ThrottledDevices)+len(a.ThrottledUsers)+len(a.QuotaDevices)+len(a.QuotaUsers) > 0
}

// read decodes one member and reports whether it was there and had that shape.
func read(raw json.RawMessage, into any) bool {
	return len(raw) > 0 && json.Unmarshal(raw, into) == nil
}

// list returns the elements of a list; none if one of them is of another kind. Decoded by
// encoding/json alone, such an element would be 0, which is the index of an event.
func list[T any](raw json.RawMessage) []T {
	var elements []*T
	if !read(raw, &elements) || slices.Contains(elements, nil) {
		return nil
	}
	var all []T
	for _, e := range elements {
		all = append(all, *e)
	}
	return all
}

// indexes collects the indexes of maps from a field name to indexes.
func indexes(maps ...json.RawMessage) []int {
	var all []int
	for _, raw := range maps {
		var byField map[string]json.RawMessage
		read(raw, &byField)
		for _, raw := range byField {
			all = append(all, list[int](raw)...)
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
