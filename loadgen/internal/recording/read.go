package recording

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/loadgen"
)

// Bounds of a recording.
const (
	maxLine   = 4 << 20
	maxPost   = 64 << 20
	maxEvents = 2_000_000
)

var errNoObject = errors.New("is no JSON object of an event")

// line is what a line can be: one of capture has At and Event, one of a journal
// At and Outcome, a Currents event EventType.
type line struct {
	At    time.Time       `json:"at"`
	Event json.RawMessage `json:"event"`

	Outcome   string `json:"outcome"`
	EventType string `json:"event_type"`
}

// read reads a file, plain or packed as package input reads it: Avro, or JSON with one event
// a line, over many lines, in an array or in posts. Events of a journal are mapped ones, for
// Amplitude; all others are for an exporter. The name is for errors, and its path may tell
// the type of the events. Errors name the line, and nothing of what is in it.
func (r *reader) read(name string, in io.Reader) error {
	r.hint = r.hintOf(name)
	content, err := input.Open(in)
	if err != nil {
		return fmt.Errorf("recording: %s: %w", name, err)
	}
	defer content.Close()
	if content.Form() == input.Avro {
		return r.avro(name, content)
	}
	return r.json(name, content)
}

func (r *reader) json(name string, in io.Reader) error {
	all := newValues(in)
	for {
		text, line, err := all.next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err == nil {
			err = r.value(text)
		}
		if err != nil {
			return fmt.Errorf("recording: %s:%d: %w", name, line, err)
		}
	}
}

// Events returns the texts of the events in the body of a post: one, some in an array or
// one a line, or those of {"events": [...]}, plain or packed.
func Events(body io.Reader) ([]json.RawMessage, error) {
	content, err := input.Open(body)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	var events []json.RawMessage
	size := 0
	for all := newValues(content); ; {
		text, _, err := all.next()
		switch {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return events, nil
		case err != nil:
			return nil, err
		}
		if size += len(text); size > maxPost {
			return nil, fmt.Errorf("is longer than %d bytes when it is unpacked", maxPost)
		}
		events = append(events, inPost(text)...)
	}
}

// inPost returns the events of a post, or the one event that the text is.
func inPost(text json.RawMessage) []json.RawMessage {
	var post struct {
		Events []json.RawMessage `json:"events"`
	}
	if bytes.Contains(text, []byte(`"events"`)) && json.Unmarshal(text, &post) == nil && post.Events != nil {
		return post.Events
	}
	return []json.RawMessage{text}
}

// value takes an event, or those of a post.
func (r *reader) value(text json.RawMessage) error {
	for _, text := range inPost(text) {
		e, kind, err := r.parse(text)
		if err == nil {
			err = r.add(&e, kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) parse(text json.RawMessage) (loadgen.Traced, loadgen.Kind, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return loadgen.Traced{}, "", errNoObject
	}
	switch {
	case l.Outcome != "":
		e, err := journaled(text)
		return e, loadgen.Amplitude, err
	case len(l.Event) > 0:
		e, err := posted(l.Event, r.set)
		if e.At = l.At; err == nil && l.At.IsZero() {
			err = errors.New("has no time at which it was recorded, in \"at\"")
		}
		return e, loadgen.Exporter, err
	case l.EventType == "" && r.hint == "":
		return loadgen.Traced{}, "", errors.New("is neither a Currents event nor an event of a journal nor of a capture; " +
			"without event_type the path tells the type, as event_type=users.messages.email.Open/part.json or users.messages.email.Open.json does")
	}
	e, err := currents(text, cmp.Or(l.EventType, r.hint), r.set)
	return e, loadgen.Exporter, err
}

// currents is an event as Currents stores or posts it, recorded at its own time.
func currents(text json.RawMessage, eventType string, set *fixtures.Set) (loadgen.Traced, error) {
	e, err := posted(connector(text, eventType), set)
	if e.At = e.Time; err == nil && e.Time.IsZero() {
		err = errors.New("has no time")
	}
	return e, err
}

// journaled is an event of a simulator's journal.
func journaled(text json.RawMessage) (loadgen.Traced, error) {
	var l struct {
		At        time.Time       `json:"at"`
		Outcome   string          `json:"outcome"`
		Body      json.RawMessage `json:"body"`
		InsertID  string          `json:"insert_id"`
		DeviceID  string          `json:"device_id"`
		EventType string          `json:"event_type"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return loadgen.Traced{}, errors.New("is no event of a journal")
	}
	if len(l.Body) == 0 || l.At.IsZero() {
		return loadgen.Traced{}, errors.New("is a journal's event without body or time: the journal did not keep it")
	}
	e := loadgen.Traced{At: l.At, ID: l.InsertID, Type: l.EventType, Device: l.DeviceID, Delivers: l.Outcome == "accepted" || l.Outcome == "duplicate", Body: l.Body}
	var body struct {
		Time json.Number `json:"time"`
	}
	if json.Unmarshal(l.Body, &body) == nil {
		if ms, err := body.Time.Int64(); err == nil {
			e.Time = time.UnixMilli(ms)
		}
	}
	return e, nil
}

// post is an event in the shape of the Custom HTTP connector.
type post struct {
	EventType string      `json:"event_type"`
	ID        string      `json:"id"`
	Time      json.Number `json:"time"`
	User      struct {
		ExternalUserID userID `json:"external_user_id"`
		DeviceID       userID `json:"device_id"`
	} `json:"user"`
	Properties json.RawMessage `json:"properties"`
}

// userID is an id of the user: a text, or a number that counts for the text it is written
// as. Anything else counts as none.
type userID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *userID) UnmarshalJSON(value []byte) error {
	var text string
	switch c := value[0]; {
	case c == '"':
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
	case c == '-' || '0' <= c && c <= '9':
		text = string(value)
	}
	*id = userID(text)
	return nil
}

// isAddressable reports whether an id is left that Amplitude takes. A device counts only
// where the payload of the type has one.
func (p *post) isAddressable(t fixtures.Type) bool {
	_, hasDevice := t.TopLevelField("device_id")
	return fixtures.UsableID(string(p.User.ExternalUserID)) != "" || hasDevice && fixtures.UsableID(string(p.User.DeviceID)) != ""
}

// isNamed reports whether an event has the name that the title of its type ends in, if it
// does.
func (p *post) isNamed(t fixtures.Type) bool {
	if !strings.Contains(t.Title, "<name>") {
		return true
	}
	var properties struct {
		Name any `json:"name"`
	}
	_ = json.Unmarshal(p.Properties, &properties) // what is no object has no name
	name, _ := properties.Name.(string)
	return name != ""
}

func posted(body json.RawMessage, set *fixtures.Set) (loadgen.Traced, error) {
	var p post
	if err := json.Unmarshal(body, &p); err != nil {
		return loadgen.Traced{}, errors.New("has an event of another shape than the connector's")
	}
	e := loadgen.Traced{ID: p.ID, Type: p.EventType, Device: string(p.User.DeviceID), Body: body}
	if seconds, err := p.Time.Int64(); err == nil {
		e.Time = time.Unix(seconds, 0)
	}
	if t, ok := set.Type(p.EventType); ok {
		e.Delivers = t.Exported() && p.isAddressable(t) && p.isNamed(t) && p.ID != "" && !e.Time.IsZero()
	}
	return e, nil
}

// connector turns a flat record into the shape of the connector; one that has that
// shape and its type already stays.
func connector(text json.RawMessage, eventType string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members["user"] != nil && members["event_type"] != nil {
		return text
	}
	members["event_type"], _ = json.Marshal(eventType) // a string can always be written
	for name, v := range members {
		members[name] = unwrapped(v)
	}
	event, err := json.Marshal(members)
	if err != nil { // it has just been read
		return text
	}
	if members["user"] != nil {
		return event
	}
	return fixtures.Case{EventType: eventType, Input: event}.CustomHTTP()
}

// branches are the names that Avro's own JSON encoding gives the values of optional
// fields, as in {"string": "x"}.
var branches = []string{"string", "int", "long", "float", "double", "boolean", "array"}

func unwrapped(v json.RawMessage) json.RawMessage {
	var wrapped map[string]json.RawMessage
	if !bytes.HasPrefix(v, []byte("{")) || json.Unmarshal(v, &wrapped) != nil || len(wrapped) != 1 {
		return v
	}
	for _, name := range branches {
		if inner, ok := wrapped[name]; ok {
			return inner
		}
	}
	return v
}
