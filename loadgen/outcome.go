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
	// Accepted events were in a request answered 2xx; by Amplitude, in its own shape.
	Accepted uint64 `json:"accepted"`
	// Throttled events are those a 429 names, or all of a 429 that names none.
	Throttled uint64 `json:"throttled"`
	// Rejected events are those a 4xx names, or all of a 4xx that names none.
	Rejected uint64 `json:"rejected"`
	// Neighbors were turned away with a request in which others were named.
	Neighbors uint64 `json:"neighbors"`
	// Failed events have an unknown outcome: no answer, a 5xx, or a success that is not
	// Amplitude's.
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
	case k.isForeign(status, body), status >= 500:
		f.Failed = uint64(n)
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

// foreign is the error of a success that Amplitude did not give.
const foreign = "success not of Amplitude's shape"

// isForeign reports whether a success comes from something between: a login page, a
// proxy, another server. What became of the events is not known then. A target of kind
// exporter may answer whatever it likes.
func (k Kind) isForeign(status int, body []byte) bool {
	return k == Amplitude && status/100 == 2 && !isAccepted(status, body)
}

// isAccepted reports whether an answer has the published shape of a success: the
// status 200, and a body that repeats it and counts events.
func isAccepted(status int, body []byte) bool {
	if status != http.StatusOK {
		return false
	}
	if isPlain(bytes.TrimSpace(body)) {
		return true
	}
	var a struct {
		Code     *int `json:"code"`
		Ingested *int `json:"events_ingested"`
	}
	return json.Unmarshal(body, &a) == nil && a.Code != nil && *a.Code == status && a.Ingested != nil && *a.Ingested >= 0
}

// published are the texts around the numbers of a success as it is published.
var published = [...]string{`{"code":200,"events_ingested":`, `,"payload_size_bytes":`, `,"server_upload_time":`}

// isPlain reports whether a body is a success exactly as it is published. To parse every
// answer would cost the generator speed.
func isPlain(body []byte) bool {
	for _, text := range published {
		rest, ok := bytes.CutPrefix(body, []byte(text))
		if !ok {
			return false
		}
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		if digits == 0 {
			return false
		}
		body = rest[digits:]
	}
	return len(body) == 1 && body[0] == '}'
}
