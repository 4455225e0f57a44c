package loadgen

import (
	"time"
)

// Schedule is a plan of requests over time: what rates, replays and bundles
// compile to. It is immutable; every cursor runs the same sends.
type Schedule struct {
	// Sends and Events are the totals, for progress; 0 when not known.
	Sends, Events uint64
	// Duration is the length of the plan. Every send is due before it.
	Duration time.Duration
	// Start returns a cursor before the first send.
	Start func() Cursor
}

// Cursor writes the next send into s and reports whether there was one. It
// reuses s.Events, and gives sends in the order they are due. A cursor is not
// safe for concurrent use.
type Cursor func(s *Send) bool

// Send is one planned request.
type Send struct {
	// Seq counts the sends of a schedule from 0.
	Seq uint64
	// At is when the send is due, after the start of the schedule.
	At time.Duration
	// Events are what the request carries, in order.
	Events []Event
}

// Event is one planned event.
type Event struct {
	// Number identifies the event in the schedule. Events of the same number get
	// the same insert id: that is how a duplicate is planned.
	Number uint64
	// Payload is the index of what to send, in terms of the Encoder.
	Payload int32
	// Device is the index of the device, and of its user, or NoDevice.
	Device int32
	// Skew is the event's own time minus the time it is sent; negative for an
	// event that arrives late.
	Skew time.Duration
	// Hot marks an event of a device that is meant to be throttled. All others
	// are measured apart, as other devices.
	Hot bool
}

// NoDevice is the Device of an event whose ids are part of its payload.
const NoDevice int32 = -1

// Encoder turns a send into the body of a request. It is called by several
// goroutines at once.
type Encoder interface {
	// Append appends the body to dst. Start is the wall time of the schedule's
	// beginning, from which event times are counted.
	Append(dst []byte, s *Send, start time.Time) []byte
}
