package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Key stands where an API key was.
const Key = "REDACTED-API-KEY"

// Traffic returns the recording with Key in place of its API key, with pseudonyms
// in place of the strings of events that the suite did not post, other than the
// names of events, and with very long strings cut short. Strings that are equal stay
// so within a recording, and strings that differ stay different. Further secrets are
// hidden in what the exporter printed.
func Traffic(t verdict.Traffic, secrets ...string) verdict.Traffic {
	key := t.APIKey
	names := pseudonyms{secret: []byte(key), known: stringsOf(t.Posted), given: map[string]string{}}
	t.Events = slices.Clone(t.Events)
	for i := range t.Events {
		t.Events[i] = names.event(t.Events[i])
	}
	t.Posted = slices.Clone(t.Posted)
	for i, p := range t.Posted {
		t.Posted[i].Currents, t.Posted[i].Want = shorter(p.Currents), shorter(p.Want)
	}
	hide := names.replacer(key)
	for i, e := range t.Events {
		t.Events[i].APIKey = hide.Replace(e.APIKey)
		t.Events[i].UserID, t.Events[i].DeviceID = hide.Replace(e.UserID), hide.Replace(e.DeviceID)
		t.Events[i].InsertID, t.Events[i].EventType = hide.Replace(e.InsertID), hide.Replace(e.EventType)
		t.Events[i].Body = inJSON(hide, shorter(e.Body))
		t.Events[i].Stored = nil // follows from the body, and nothing is judged by it
	}
	t.Requests = slices.Clone(t.Requests)
	for i, r := range t.Requests {
		t.Requests[i].APIKey, t.Requests[i].Answer = hide.Replace(r.APIKey), inJSON(hide, r.Answer)
		t.Requests[i].AnswerText = hide.Replace(r.AnswerText)
		t.Requests[i].ContentEncoding = hide.Replace(r.ContentEncoding)
		t.Requests[i].Identification = nil // is about people that the suite did not make up
	}
	t.Strays = Text(hide.Replace(t.Strays), "", secrets...)
	if t.Output != nil {
		t.Output = []byte(Text(hide.Replace(string(t.Output)), "", secrets...))
	}
	if t.Stop != nil {
		t.Stop = errors.New(Text(hide.Replace(t.Stop.Error()), "", secrets...))
	}
	if key != "" {
		t.APIKey = Key
	}
	return t
}

// Text returns a text with Key in place of the key, and without further secrets.
func Text(s, key string, secrets ...string) string {
	s = pseudonyms{}.replacer(key).Replace(s)
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	return s
}

func inJSON(hide *strings.Replacer, text json.RawMessage) json.RawMessage {
	if text == nil {
		return nil
	}
	return json.RawMessage(hide.Replace(string(text)))
}

// replacer replaces the key, as it is and in the usual disguises, so that a verdict
// about a disguise finds the same disguise of Key; and every string that has a
// pseudonym and is long enough not to be a part of something else.
func (p pseudonyms) replacer(key string) *strings.Replacer {
	const shortest = 5
	var pairs []string
	if key != "" {
		pairs = append(pairs,
			key, Key,
			base64.StdEncoding.EncodeToString([]byte(key)), base64.StdEncoding.EncodeToString([]byte(Key)),
			hex.EncodeToString([]byte(key)), hex.EncodeToString([]byte(Key)))
	}
	for _, id := range p.sorted() {
		if len(id) >= shortest {
			pairs = append(pairs, id, p.given[id])
		}
	}
	return strings.NewReplacer(pairs...)
}

// stringsOf collects every string in the posted events and in what they become.
func stringsOf(posted []verdict.Posted) map[string]bool {
	known := map[string]bool{}
	for _, p := range posted {
		known[p.ID] = true
		for _, text := range []json.RawMessage{p.Currents, p.Want} {
			v, err := decode(text)
			if err != nil {
				continue
			}
			walk(v, func(s string) string {
				known[s] = true
				return s
			})
		}
	}
	return known
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// walk replaces every string in a decoded value, names of members excepted.
func walk(v any, replace func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = walk(member, replace)
		}
	case []any:
		for i, item := range v {
			v[i] = walk(item, replace)
		}
	case string:
		return replace(v)
	}
	return v
}

// event returns an event that was not posted without its strings.
func (p pseudonyms) event(e control.Event) control.Event {
	if p.known[e.InsertID] {
		return e
	}
	e.UserID, e.DeviceID, e.InsertID = p.of(e.UserID), p.of(e.DeviceID), p.of(e.InsertID)
	if len(e.Body) == 0 {
		return e
	}
	body, err := decode(e.Body)
	members, object := body.(map[string]any)
	if err != nil || !object {
		e.Body = nil
		return e
	}
	name, named := members["event_type"]
	delete(members, "event_type")
	walk(members, p.of)
	if named {
		members["event_type"] = name
	}
	e.Body = encoded(members, nil)
	return e
}
