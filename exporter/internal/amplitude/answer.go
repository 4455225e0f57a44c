package amplitude

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Answer is what Amplitude said to one upload. Indexes are places in the events
// array of that upload, as received: they may be out of range.
//
// The text of the error member is not kept, because it quotes the API key.
type Answer struct {
	// Status is the HTTP status, or the body's code where a 2xx status carries a
	// body that reports a failure. Zero: no answer came.
	Status int
	// RetryAfter is the wait the answer asked for; zero: none.
	RetryAfter time.Duration
	// KeyRefused tells that the answer names the API key as the fault.
	KeyRefused bool

	// Indexes of refused events, by what is wrong with them.
	MissingField, InvalidField, InvalidIDLength, InvalidID, Silenced []int
	// SilencedDevices are ids whose events are refused for good.
	SilencedDevices []string

	// Ids above the rate limit, ids above the daily quota, and the indexes of
	// the events that belong to either.
	ThrottledDevices, ThrottledUsers []string
	QuotaDevices, QuotaUsers         []string
	ThrottledEvents                  []int
}

// DecodeAnswer reads the body of an answer. A body that is not JSON, or members
// of an unexpected shape, are no error: what can be read counts, and the status
// stands for the rest. Front proxies answer with HTML pages.
func DecodeAnswer(status int, body []byte) Answer {
	a := Answer{Status: status}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return a
	}
	var code int
	if read(members["code"], &code) && isSuccess(status) && code != 0 && !isSuccess(code) {
		a.Status = code
	}
	var text, missing string
	read(members["error"], &text)
	read(members["missing_field"], &missing)
	a.KeyRefused = missing == "api_key" || strings.Contains(strings.ToLower(text), "invalid api key")

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
	return a
}

func isSuccess(status int) bool { return status/100 == 2 }

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
