package amplitude

import (
	"encoding/json"
	"strconv"
)

// Limits of one upload to /2/httpapi, from the HTTP V2 API page, and the lower
// ones this client keeps to.
const (
	// MaxBytes is the largest body this client sends. The page says 1 MB without
	// saying which megabyte; one million bytes satisfies both readings.
	MaxBytes = 1_000_000
	// MaxEvents is the largest number of events this client sends in one body, unless it
	// is told another; the page allows MostEvents at most.
	MaxEvents  = 1000
	MostEvents = 2000
)

// Envelope is everything of an upload's body except its events. Its zero value is
// not usable; NewEnvelope makes one. It is immutable and safe for concurrent use.
type Envelope struct {
	head, tail []byte
}

// NewEnvelope prepares the bodies for one key. A minIDLength of zero leaves the
// option out, and Amplitude's own default of 5 characters applies.
func NewEnvelope(key Key, minIDLength int) Envelope {
	quoted, err := json.Marshal(key.Reveal())
	if err != nil {
		panic("amplitude: a string always encodes: " + err.Error())
	}
	head := append([]byte(`{"api_key":`), quoted...)
	head = append(head, `,"events":[`...)
	tail := []byte(`]}`)
	if minIDLength > 0 {
		tail = []byte(`],"options":{"min_id_length":` + strconv.Itoa(minIDLength) + `}}`)
	}
	return Envelope{head: head, tail: tail}
}

// Room is the number of bytes left for events and the commas between them in a
// body of at most MaxBytes.
func (e Envelope) Room() int { return MaxBytes - len(e.head) - len(e.tail) }

// Append appends the body that carries the events to dst. Each event is a
// complete JSON object.
func (e Envelope) Append(dst []byte, events [][]byte) []byte {
	dst = append(dst, e.head...)
	for i, event := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, event...)
	}
	return append(dst, e.tail...)
}
