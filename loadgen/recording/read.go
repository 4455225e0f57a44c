package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
)

// Bounds of a recording.
const (
	maxLine   = 4 << 20
	maxEvents = 2_000_000
)

// line is what a line can be: one of capture has At and Event, one of a journal
// Outcome and Body, a Currents event EventType.
type line struct {
	At    time.Time       `json:"at"`
	Event json.RawMessage `json:"event"`

	Outcome  string          `json:"outcome"`
	Body     json.RawMessage `json:"body"`
	InsertID string          `json:"insert_id"`
	DeviceID string          `json:"device_id"`

	EventType string `json:"event_type"`
}

// Read reads a recording and tells which kind of target its events are for. Events
// of a journal are mapped ones, for Amplitude; all others are for an exporter.
// Errors tell the line, and nothing of what is in it.
func Read(r io.Reader, set *fixtures.Set) ([]loadgen.Traced, loadgen.Kind, error) {
	var events []loadgen.Traced
	var kind loadgen.Kind
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		e, of, err := parse(bytes.Clone(text), set)
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("recording: line %d: %w", n, err)
		case kind != "" && of != kind:
			return nil, "", fmt.Errorf("recording: line %d is for an %s, those before are not; split the file", n, of)
		case len(events) == maxEvents:
			return nil, "", fmt.Errorf("recording: more than %d events; cut out the time that matters", maxEvents)
		}
		kind = of
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		return nil, "", fmt.Errorf("recording: %w", err)
	}
	if len(events) == 0 {
		return nil, "", errors.New("recording: there are no events in it")
	}
	return events, kind, nil
}

func parse(text json.RawMessage, set *fixtures.Set) (loadgen.Traced, loadgen.Kind, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return loadgen.Traced{}, "", errors.New("is no JSON object of an event")
	}
	switch {
	case l.Outcome != "":
		e, err := journaled(l)
		return e, loadgen.Amplitude, err
	case len(l.Event) > 0:
		e, err := posted(l.Event, set)
		if e.At = l.At; err == nil && l.At.IsZero() {
			err = errors.New("has no time at which it was recorded, in \"at\"")
		}
		return e, loadgen.Exporter, err
	case l.EventType != "":
		e, err := posted(connector(text, l.EventType), set)
		if e.At = e.Time; err == nil && e.Time.IsZero() {
			err = errors.New("has no time")
		}
		return e, loadgen.Exporter, err
	}
	return loadgen.Traced{}, "", errors.New("is neither a Currents event nor an event of a journal nor of a capture")
}

// journaled is an event of a simulator's journal.
func journaled(l line) (loadgen.Traced, error) {
	var body struct {
		Time json.Number `json:"time"`
	}
	if len(l.Body) == 0 || l.At.IsZero() {
		return loadgen.Traced{}, errors.New("is a journal's event without body or time: the journal did not keep it")
	}
	e := loadgen.Traced{At: l.At, ID: l.InsertID, Type: l.EventType, Device: l.DeviceID, Delivers: l.Outcome == "accepted" || l.Outcome == "duplicate", Body: l.Body}
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
		ExternalUserID string `json:"external_user_id"`
		DeviceID       string `json:"device_id"`
	} `json:"user"`
}

func posted(body json.RawMessage, set *fixtures.Set) (loadgen.Traced, error) {
	var p post
	if err := json.Unmarshal(body, &p); err != nil {
		return loadgen.Traced{}, errors.New("has an event of another shape than the connector's")
	}
	e := loadgen.Traced{ID: p.ID, Type: p.EventType, Device: p.User.DeviceID, Body: body}
	if seconds, err := p.Time.Int64(); err == nil {
		e.Time = time.Unix(seconds, 0)
	}
	if t, ok := set.Type(p.EventType); ok {
		addressable := p.User.ExternalUserID != "" || p.User.DeviceID != ""
		e.Delivers = t.Exported() && addressable && p.ID != "" && !e.Time.IsZero()
	}
	return e, nil
}

// connector turns a flat record into the shape of the connector; one that has that
// shape already stays.
func connector(text json.RawMessage, eventType string) json.RawMessage {
	var shape struct {
		User *json.RawMessage `json:"user"`
	}
	if json.Unmarshal(text, &shape) == nil && shape.User != nil {
		return text
	}
	return fixtures.Case{EventType: eventType, Input: text}.CustomHTTP()
}
