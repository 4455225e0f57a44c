package loadgen

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Outcomes counts what became of events that were due. Every event has exactly one
// outcome, so Due is the sum of the others once a run has ended.
type Outcomes struct {
	Due uint64 `json:"due"`
	// Accepted events were in a request answered 2xx; by Amplitude, in its own shape and
	// as many of them as it says it took.
	Accepted uint64 `json:"accepted"`
	// Throttled events are those a 429 names, or all of a 429 that names none.
	Throttled uint64 `json:"throttled"`
	// Rejected events are those a 4xx names, or all of a 4xx that names none.
	Rejected uint64 `json:"rejected"`
	// Neighbors were turned away with a request in which others were named.
	Neighbors uint64 `json:"neighbors"`
	// Failed events have an unknown outcome: no answer, a 5xx, or a success that is not
	// Amplitude's or counts other events than were sent.
	Failed uint64 `json:"failed"`
	// Dropped events were never sent, because the generator could not keep up.
	Dropped uint64 `json:"dropped"`
}

// settled is the number of events that have their outcome.
func (f *Outcomes) settled() uint64 {
	return f.Accepted + f.Throttled + f.Rejected + f.Neighbors + f.Failed + f.Dropped
}

func (f *Outcomes) add(g Outcomes) {
	f.Due += g.Due
	f.Accepted += g.Accepted
	f.Throttled += g.Throttled
	f.Rejected += g.Rejected
	f.Neighbors += g.Neighbors
	f.Failed += g.Failed
	f.Dropped += g.Dropped
}

// judge returns the outcomes of the n events of a request from its answer, and the
// indexes of the throttled ones when they are named.
func (k Kind) judge(status int, body []byte, n int) (f Outcomes, throttled []int) {
	switch {
	case k.isForeign(status, body, n), status >= 500:
		f.Failed = uint64(n)
	case status/100 == 2 && k == Amplitude:
		took, _ := ingested(status, body)
		f.Accepted, f.Failed = uint64(took), uint64(n-took)
	case status/100 == 2:
		f.Accepted = uint64(n)
	case status == http.StatusTooManyRequests:
		if k == Amplitude {
			var a amplitude.Throttled
			_ = json.Unmarshal(body, &a) // an unreadable body names nothing
			throttled = distinct(n, a.ThrottledEvents)
		}
		f.Throttled, f.Neighbors = named(n, throttled)
	default:
		var indexes []int
		if k == Amplitude {
			indexes = refused(n, body)
		}
		f.Rejected, f.Neighbors = named(n, indexes)
	}
	return f, throttled
}

// refused returns the indexes that a 4xx other than 429 names.
func refused(n int, body []byte) []int {
	var a struct {
		amplitude.Refused
		SilencedEvents  []int `json:"silenced_events"`
		ThrottledEvents []int `json:"throttled_events"`
	}
	_ = json.Unmarshal(body, &a) // an unreadable body names nothing
	all := slices.Concat(a.SilencedEvents, a.ThrottledEvents)
	for _, fields := range []map[string][]int{
		a.EventsWithMissingFields, a.EventsWithInvalidFields, a.EventsWithInvalidIDLengths, a.EventsWithInvalidIDs,
	} {
		for _, indexes := range fields {
			all = append(all, indexes...)
		}
	}
	return distinct(n, all)
}

// distinct keeps every index of [0, n) once.
func distinct(n int, indexes []int) []int {
	seen := make([]bool, n)
	kept := indexes[:0]
	for _, i := range indexes {
		if i >= 0 && i < n && !seen[i] {
			seen[i] = true
			kept = append(kept, i)
		}
	}
	return kept
}

// named splits n events into the named and the others; naming none means all.
func named(n int, indexes []int) (hit, others uint64) {
	if len(indexes) == 0 {
		return uint64(n), 0
	}
	return uint64(len(indexes)), uint64(n - len(indexes))
}

const (
	// foreign is the error of a success that Amplitude did not give.
	foreign = "success not of Amplitude's shape"
	// short is the error of a success for fewer events than were sent.
	short = "success for fewer events than were sent"
)

// isForeign reports whether an answer to n events comes from something between: a success
// that is a login page or of another server, or for more events than were sent, or a 429
// that is not JSON. What became of the events is not known then. A target of kind exporter
// may answer whatever it likes.
func (k Kind) isForeign(status int, body []byte, n int) bool {
	switch {
	case k != Amplitude:
		return false
	case status/100 == 2:
		took, ok := ingested(status, body)
		return !ok || took > n
	default:
		return status == http.StatusTooManyRequests && codeOf(body) != status
	}
}

// ingested returns the number of events that a success counts, and whether it has the
// published shape: the status 200, and a body that repeats it and counts events.
func ingested(status int, body []byte) (n int, ok bool) {
	if status != http.StatusOK {
		return 0, false
	}
	if n, ok := plainCount(bytes.TrimSpace(body)); ok {
		return n, true
	}
	var members map[string]json.RawMessage // a struct would take names in capitals, too
	count := -1
	if json.Unmarshal(body, &members) != nil || codeOf(body) != status || json.Unmarshal(members["events_ingested"], &count) != nil {
		return 0, false
	}
	return max(count, 0), count >= 0
}

// codeOf returns the status that a body of Amplitude repeats; 0 if it has none.
func codeOf(body []byte) int {
	var members map[string]json.RawMessage
	code := 0
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(members["code"], &code) != nil {
		return 0
	}
	return code
}

// published are the texts around the numbers of a success as it is published.
var published = [...]string{`{"code":200,"events_ingested":`, `,"payload_size_bytes":`, `,"server_upload_time":`}

// plainCount returns the number of events in a success exactly as it is published, and
// false for any other body. To parse every answer would cost the generator speed.
func plainCount(body []byte) (count int, ok bool) {
	for i, text := range published {
		rest, ok := bytes.CutPrefix(body, []byte(text))
		if !ok {
			return 0, false
		}
		digits, number := 0, 0
		for digits < len(rest) && digits < 18 && rest[digits] >= '0' && rest[digits] <= '9' {
			number = 10*number + int(rest[digits]-'0')
			digits++
		}
		if digits == 0 {
			return 0, false
		}
		if i == 0 {
			count = number
		}
		body = rest[digits:]
	}
	return count, len(body) == 1 && body[0] == '}'
}
