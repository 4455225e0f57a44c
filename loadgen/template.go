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
