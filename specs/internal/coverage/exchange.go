package coverage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// exchange is a request with its events and its answer.
type exchange struct {
	control.Request
	events []event
	// endpoints is how many endpoints the recording has uploads to, duplicates reports
	// whether it has events that were sent again and recognized.
	endpoints  int
	duplicates bool
}

// event is an event of the journal with the members of its body.
type event struct {
	control.Event
	members map[string]any
}

// exchanges puts the events of a recording to their requests. Of a journal that was exported
// without its requests, what is known of these comes from the events.
func exchanges(r Recording) []exchange {
	all := make([]exchange, 0, len(r.Requests))
	at := map[uint64]int{}
	for _, q := range r.Requests {
		at[q.Seq] = len(all)
		all = append(all, exchange{Request: q})
	}
	endpoints, duplicates := map[string]bool{}, false
	for _, e := range r.Events {
		i, known := at[e.Request]
		if !known {
			i = len(all)
			at[e.Request] = i
			all = append(all, exchange{Request: control.Request{Seq: e.Request, At: e.At, Endpoint: e.Endpoint}})
		}
		all[i].events = append(all[i].events, event{e, members(e.Body)})
		endpoints[e.Endpoint] = true
		duplicates = duplicates || e.Outcome == control.Duplicate
	}
	for i := range all {
		all[i].endpoints, all[i].duplicates = len(endpoints), duplicates
	}
	return all
}

func members(body json.RawMessage) map[string]any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var m map[string]any
	if d.Decode(&m) != nil {
		return nil // evicted or no object: nothing is known of it
	}
	return m
}

// any reports whether one of the events is as wanted.
func (x exchange) any(wanted func(event) bool) bool { return slices.ContainsFunc(x.events, wanted) }

// refusedFor reports whether the request or one of its events has one of the reasons.
func (x exchange) refusedFor(reasons ...string) bool {
	return slices.Contains(reasons, x.Reason) ||
		x.any(func(e event) bool { return slices.Contains(reasons, e.Reason) })
}

// shortID reports whether an event has an id with fewer characters than the request allows.
func (x exchange) shortID(e event) bool {
	least := cmp.Or(x.MinIDLength, amplitude.MinIDLength)
	return slices.ContainsFunc(e.ids(), func(id string) bool { return id != "" && utf8.RuneCountInString(id) < least })
}

// ids are the ids of the event that are strings.
func (e event) ids() []string {
	var ids []string
	for _, name := range []string{"user_id", "device_id"} {
		if id, ok := e.members[name].(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func (e event) has(name string) bool { return e.members[name] != nil }

// withoutID reports whether the event has neither id. An event without a body is no such.
func (e event) withoutID() bool {
	return e.members != nil && !e.has("user_id") && !e.has("device_id")
}

func (e event) isType(names ...string) bool { return slices.Contains(names, e.EventType) }

// cutText is what a report has in place of a text that is too long for it.
var cutText = regexp.MustCompile(`\.\.\. \((\d+) bytes, SHA-256 [0-9a-f]{64}\)$`)

// longText reports whether a value has a text that is longer than what is stored of it.
func longText(v any) bool {
	switch v := v.(type) {
	case string:
		if m := cutText.FindStringSubmatch(v); m != nil {
			n, err := strconv.Atoi(m[1])
			return err == nil && n > amplitude.MaxStringLength
		}
		return utf8.RuneCountInString(v) > amplitude.MaxStringLength
	case []any:
		return slices.ContainsFunc(v, longText)
	case map[string]any:
		for _, member := range v {
			if longText(member) {
				return true
			}
		}
	}
	return false
}

// depth is how many objects and arrays lie in each other.
func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			deepest = max(deepest, depth(item))
		}
	case map[string]any:
		for _, member := range v {
			deepest = max(deepest, depth(member))
		}
	default:
		return 0
	}
	return deepest + 1
}

// surplusGroups reports whether an event has more groups than are tracked.
func surplusGroups(e event) bool {
	const types, values = 5, 10
	groups, _ := e.members["groups"].(map[string]any)
	for _, of := range groups {
		if list, ok := of.([]any); ok && len(list) > values {
			return true
		}
	}
	return len(groups) > types
}

func blankAround(id string) bool { return id != strings.TrimSpace(id) }
