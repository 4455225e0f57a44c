package delivery

import "fmt"

// Event is one event on its way. Its first fields are set by the caller. While the
// Scheduler holds it they may be moved to other memory, but not changed.
type Event struct {
	// UserID and DeviceID are the ids in Wire; either may be empty.
	UserID, DeviceID string
	// Wire is the event as a JSON object. It is sent unchanged at every attempt,
	// so its insert_id makes repeats recognizable.
	Wire []byte
	// Time is when the event happened, in milliseconds since the epoch.
	Time int64
	// Owner is the caller's, to find its way back from a Settlement.
	Owner any
	// Returned marks an event that was evicted before.
	Returned bool

	attempts     int
	first, last  failure
	device, user *limiter // nil where the id is empty
	next         *Event   // behind this one in its lane
}

// lane returns the lane the event is in: that of its device if it has one, else of its user.
func (e *Event) lane() *lane { return &e.limiter().lane }

// limiter returns the limiter whose lane the event is in.
func (e *Event) limiter() *limiter {
	if e.device != nil {
		return e.device
	}
	return e.user
}

// Settlement is the end of one event.
type Settlement struct {
	Event *Event
	// Reason is empty for an accepted event, else why it is a dead letter.
	Reason Reason
	// Attempts counts the uploads the event was part of.
	Attempts int
	// First and Last describe the first and the last answer that did not take
	// the event; empty: there was none.
	First, Last string
}

// failure is an answer that did not take an event. The zero value is none.
type failure struct {
	status int
	class  class
	named  bool   // the event itself was named
	text   string // of the answer; empty: it said nothing that can be shown
}

// recordFailure stores a response that did not take the event.
func (e *Event) recordFailure(status int, c class, named bool, text string) {
	e.last = failure{status, c, named, text}
	if e.first == (failure{}) {
		e.first = e.last
	}
}

// String describes the answer. It holds nothing of the event.
func (f failure) String() string {
	switch {
	case f == failure{}:
		return ""
	case f.status == 0:
		return "no answer"
	}
	s := fmt.Sprintf("status %d (%s)", f.status, classNames[f.class])
	if f.named {
		s += ", the event was named"
	}
	if f.text != "" {
		s += ": " + f.text
	}
	return s
}

// Reason names why Amplitude will never take an event.
type Reason string

// Reasons of dead letters.
const (
	MissingField    Reason = "missing_field"
	InvalidField    Reason = "invalid_field"
	InvalidIDLength Reason = "invalid_id_length"
	InvalidID       Reason = "invalid_id"
	Silenced        Reason = "silenced"
	Oversize        Reason = "oversize" // answered 413 when sent alone
	Refused         Reason = "refused"  // answered 400 when sent alone, without a word on why
)
