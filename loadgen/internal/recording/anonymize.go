package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
)

// ids are the members that become pseudonyms. Ids of campaigns and the like stay:
// they belong to no person.
var ids = map[string]bool{"id": true, "user_id": true, "external_user_id": true, "device_id": true, "session_id": true}

// revealing are members that the catalog does not mark as personal, but that can
// hold what a person wrote, or a token that leads to a person.
var revealing = map[string]bool{
	"custom_properties": true, "purchase_properties": true, "properties": true,
	"message_body": true, "quick_reply_text": true, "raw_response": true, "error": true, "in_reply_to": true,
	"url": true, "url_path": true, "short_url": true, "endpoint_url": true, "media_urls": true,
	"idfa": true, "user_agent": true, "to_rcs_sender": true, "push_token_device_id": true,
	"push_token": true, "push_to_start_token": true, "update_token": true,
	"web_push_token_public_key": true, "web_push_token_user_auth": true, "web_push_token_vapid_public_key": true,
	"bsuid": true, "orphaned_by_id": true, "response_id": true, "survey_session_id": true,
	"content": true, "custom_attributes": true, "retry_log": true, "target": true, "tool_arguments": true,
}

// Anonymizer writes lines of a recording in which ids are pseudonyms and personal
// members are missing. Types and times stay. It is safe for concurrent use.
type Anonymizer struct {
	key *pseudonym.Key
	set *fixtures.Set
}

// NewAnonymizer returns an Anonymizer.
func NewAnonymizer(key *pseudonym.Key, set *fixtures.Set) *Anonymizer { return &Anonymizer{key, set} }

// Line returns the line for an event, flat or in the shape of the connector, that
// was recorded at an instant. Of types that are not in the catalog it is not known what
// is personal: these are errors. Errors tell nothing of the event.
func (a *Anonymizer) Line(event json.RawMessage, at time.Time) ([]byte, error) {
	var head struct {
		EventType string `json:"event_type"`
	}
	if err := json.Unmarshal(event, &head); err != nil {
		return nil, errors.New("is no JSON object of an event")
	}
	t, ok := a.set.Type(head.EventType)
	if !ok {
		return nil, errors.New("has a type that is not in the catalog, so nobody knows what of it is personal")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(connector(event, head.EventType), &members); err != nil {
		return nil, errors.New("is no event of the connector")
	}
	kept := map[string]any{"event_type": head.EventType}
	for _, name := range []string{"id", "time"} {
		if v, ok := members[name]; ok {
			kept[name] = a.value(name, v)
		}
	}
	for _, part := range []string{"user", "properties"} {
		var inside map[string]json.RawMessage
		_ = json.Unmarshal(members[part], &inside) // what is no object is left out
		kept[part] = a.part(t, inside)
	}
	line, err := json.Marshal(map[string]any{"at": at.UTC(), "event": kept})
	if err != nil {
		return nil, errors.New("cannot be written as JSON")
	}
	return append(line, '\n'), nil
}

// part keeps the members that the catalog lists and that are not personal.
func (a *Anonymizer) part(t fixtures.Type, members map[string]json.RawMessage) map[string]any {
	kept := map[string]any{}
	for name, v := range members {
		if ids[name] {
			kept[name] = a.value(name, v)
			continue
		}
		known := false
		for _, f := range t.InputFields() {
			known = known || (f.Name == name || f.HTTP == name) && !f.PII
		}
		if known && !revealing[name] {
			kept[name] = v
		}
	}
	return kept
}

// value replaces ids. An id that is neither text nor number becomes null, as does a time
// that is no number.
func (a *Anonymizer) value(name string, v json.RawMessage) any {
	var text string
	switch {
	case !ids[name] && json.Valid(v) && !bytes.ContainsAny(v, `"{[`):
		return v // the time
	case ids[name] && isNumber(v):
		return a.key.ID(name, string(v))
	case ids[name] && json.Unmarshal(v, &text) == nil && string(v) != "null":
		return a.key.ID(name, text)
	}
	return nil
}

func isNumber(v json.RawMessage) bool {
	return len(v) > 0 && (v[0] == '-' || '0' <= v[0] && v[0] <= '9')
}
