package loadgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// template is the JSON of one event with places where ids and the time go.
// Filling one in is a copy and a few stores, which is what makes a million
// events per second affordable.
type template struct {
	text  []byte
	slots []slot
}

// slot is a place in a template, as long as what goes there.
type slot struct {
	what slotKind
	at   int
}

type slotKind uint8

const (
	slotEvent   slotKind = iota // event id, between quotes
	slotDevice                  // device id, between quotes
	slotUser                    // external user id, between quotes
	slotSeconds                 // time in seconds, 10 digits
	slotMillis                  // time in milliseconds, 13 digits
)

// marker is a JSON string that stands for the slot until the template is made.
// For ids it has the length of the id plus quotes, for times that of the digits.
func (k slotKind) marker() json.RawMessage {
	length := map[slotKind]int{
		slotEvent: eventIDLen + 2, slotDevice: deviceLen + 2, slotUser: userLen + 2, slotSeconds: 10, slotMillis: 13,
	}[k]
	text := "@@slot" + strconv.Itoa(int(k))
	return json.RawMessage(`"` + text + strings.Repeat("@", length-2-len(text)) + `"`)
}

// newTemplate finds the markers of the given slots in the JSON of an event.
func newTemplate(event []byte, slots []slotKind) (template, error) {
	t := template{text: bytes.Clone(event)}
	for _, k := range slots {
		m := k.marker()
		at := bytes.Index(t.text, m)
		if at < 0 || bytes.Count(t.text, m) != 1 {
			return t, fmt.Errorf("event has the text %s of its own", m)
		}
		if k < slotSeconds {
			at++ // the quotes stay
		}
		t.slots = append(t.slots, slot{k, at})
	}
	return t, nil
}

// templateOf makes a template of an event whose members hold the markers of the slots.
func templateOf(event object, s slots) (template, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return template{}, err
	}
	return newTemplate(text, s)
}

// has reports whether something of a kind is filled in.
func (t *template) has(k slotKind) bool {
	return slices.ContainsFunc(t.slots, func(s slot) bool { return s.what == k })
}

// append appends the event with its places filled in.
func (t *template) append(dst []byte, e *Event, when time.Time, ids Identities) []byte {
	start := len(dst)
	dst = append(dst, t.text...)
	text := dst[start:]
	for _, s := range t.slots {
		place := text[s.at:]
		switch s.what {
		case slotEvent:
			ids.putEvent(place, e.Number)
		case slotDevice:
			ids.putDevice(place, e.Device)
		case slotUser:
			ids.putUser(place, e.Device)
		case slotSeconds:
			putDigits(place[:10], when.Unix())
		case slotMillis:
			putDigits(place[:13], when.UnixMilli())
		}
	}
	return dst
}

// putDigits writes a positive number of exactly as many digits as there is room
// for. Seconds have ten digits and milliseconds thirteen from 2001 to 2286.
func putDigits(dst []byte, v int64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
}

// body makes the bodies of requests.
type body struct {
	kind Kind
	ids  Identities
	head string // up to the first event
}

// shortIDs is the option with which Amplitude takes ids of any length.
const shortIDs = `"options":{"min_id_length":1},`

// newBody returns the body for a target. Key and options are for one of kind Amplitude.
func newBody(kind Kind, apiKey, options string, ids Identities) body {
	b := body{kind: kind, ids: ids, head: `{"events":[`}
	if kind == Amplitude {
		key, _ := json.Marshal(apiKey) // a string can always be written
		b.head = `{"api_key":` + string(key) + `,` + options + `"events":[`
	}
	return b
}

// append appends the body of a send; of returns the template of an event.
func (b *body) append(dst []byte, s *Send, start time.Time, of func(*Event) *template) []byte {
	dst = append(dst, b.head...)
	for i := range s.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &s.Events[i]
		dst = of(e).append(dst, e, start.Add(s.At+e.Skew), b.ids)
	}
	return append(dst, `]}`...)
}
