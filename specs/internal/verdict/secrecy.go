package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/simulator/control"
)

// KeySecret passes when the API key was refused, in an answer that echoes it, and does
// not occur in what the exporter printed.
func KeySecret(t Traffic) Verdict {
	switch {
	case t.Output == nil:
		return Unseen("the output of this subject")
	case bytes.Contains(t.Output, []byte(t.APIKey)):
		return Failed("the key is in the output: %s", strings.ReplaceAll(around(string(t.Output), t.APIKey), t.APIKey, "***"))
	case !slices.ContainsFunc(t.Requests, func(r control.Request) bool { return bytes.Contains(r.Answer, []byte(t.APIKey)) }):
		return Skipped("no answer told the key, so there was nothing to repeat")
	default:
		return Passed("not found in %d bytes of output", len(t.Output))
	}
}

// around returns the first word of an output with what surrounds it on its line.
func around(output, word string) string {
	const width = 100
	at := strings.Index(output, word)
	before, after := output[:at], output[at+len(word):]
	before = before[strings.LastIndexByte(before, '\n')+1:]
	after, _, _ = strings.Cut(after, "\n")
	if cut := len(before) - width; cut > 0 {
		before = "... " + before[cut:]
	}
	if len(after) > width {
		after = after[:width] + " ..."
	}
	return line(strings.ToValidUTF8(before+word+after, ""))
}

// BrazeUserSecret passes when the id that Braze gave a user occurs nowhere in the
// events sent but in the property braze_user_id of the types that publish it.
func BrazeUserSecret(t Traffic) Verdict {
	braze, typeOf, all := map[string]string{}, map[string]string{}, []string{}
	publish := map[string]bool{} // by type
	for _, p := range t.Posted {
		typeOf[p.ID] = p.EventType
		if !bytes.Equal(withoutBrazeUser(p.Want), p.Want) {
			publish[p.EventType] = true
		}
		if p.BrazeUser != "" {
			braze[p.ID] = p.BrazeUser
			all = append(all, p.BrazeUser)
		}
	}
	var list []string
	looked := 0
	for _, e := range t.Events {
		ids := all // of an event with an id of its own: it is not known whose it is
		if id, known := braze[e.InsertID]; known {
			ids = []string{id}
		}
		if len(e.Body) == 0 {
			return HarnessError("the journal has no body of event %q: give the simulator a larger journal", e.InsertID)
		}
		looked++
		body := []byte(e.Body)
		if publish[typeOf[e.InsertID]] {
			body = withoutBrazeUser(body)
		}
		for _, id := range ids {
			if bytes.Contains(body, []byte(id)) {
				list = append(list, fmt.Sprintf("%s %q carries the id that Braze gave the user", e.EventType, e.InsertID))
				break
			}
		}
	}
	if len(braze) == 0 {
		looked = 0
	}
	switch {
	case len(list) > 0:
		return failWith(fmt.Sprintf("%d of %d events", len(list), looked), list)
	case looked == 0:
		return HarnessError("no event to judge")
	default:
		return Passed("not found in %s", plural.Of(looked, "event"))
	}
}

// withoutBrazeUser takes the property braze_user_id out of an event. An event
// without it comes back as it is.
func withoutBrazeUser(event []byte) []byte {
	var members, properties map[string]json.RawMessage
	if json.Unmarshal(event, &members) != nil || json.Unmarshal(members["event_properties"], &properties) != nil {
		return event
	}
	if _, there := properties["braze_user_id"]; !there {
		return event
	}
	delete(properties, "braze_user_id")
	var err error
	if members["event_properties"], err = json.Marshal(properties); err != nil {
		return event
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return event
	}
	return rest
}

// OutputSecret passes when none of the words occurs in what the exporter printed.
func OutputSecret(t Traffic, words ...string) Verdict {
	if t.Output == nil {
		return Unseen("the output of this subject")
	}
	for _, w := range words {
		if bytes.Contains(t.Output, []byte(w)) {
			return Failed("%q, which an event tells, is in the output: %s", w, around(string(t.Output), w))
		}
	}
	return Passed("%d words not found in %d bytes of output", len(words), len(t.Output))
}

// PersonalDataSecret passes when events were throttled and others refused, and none of
// the words, which stand for what events tell of people, occurs in what the exporter
// printed.
func PersonalDataSecret(t Traffic, words ...string) Verdict {
	v := OutputSecret(t, words...)
	if v.Outcome != Pass {
		return v
	}
	for _, trouble := range []control.Outcome{control.Throttled, control.Rejected} {
		if !slices.ContainsFunc(t.Events, func(e control.Event) bool { return e.Outcome == trouble }) {
			return Skipped("no event was %s, so there was nothing to tell", trouble)
		}
	}
	return v
}
