package dispatch

import (
	"bytes"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// event is an event in flight. It is in the scheduler or among the deferrals.
type event struct {
	scheduled delivery.Event
	chunk     *chunk
	record    *mapping.Record
	size      int // in bytes, as counted by inflight
}

func eventOf(e *delivery.Event) *event { return e.Owner.(*event) }

// allocBatch is the number of events that are allocated together, and so the number
// that one event in flight may keep in memory.
const allocBatch = 16

// fill sets what the scheduler needs of the record.
func (e *event) fill() {
	r := e.record
	e.scheduled = delivery.Event{
		UserID: r.UserID, DeviceID: r.DeviceID, Wire: r.Wire, Time: r.Time, Owner: e, Returned: e.chunk.redelivered,
	}
}

// copyOut copies the event out of the shared buffer, so that a waiting event does not
// pin its whole chunk.
func (e *event) copyOut() {
	r := *e.record
	*e.record = mapping.Record{}
	r.InsertID, r.UserID, r.DeviceID = strings.Clone(r.InsertID), strings.Clone(r.UserID), strings.Clone(r.DeviceID)
	r.Wire = bytes.Clone(r.Wire)
	e.record = &r
	e.scheduled.UserID, e.scheduled.DeviceID, e.scheduled.Wire = r.UserID, r.DeviceID, r.Wire
}

// free drops what the event refers to. The events it was allocated with, and the records
// that lie beside its own, may be in flight for long.
func (e *event) free() {
	*e.record = mapping.Record{}
	e.scheduled.Wire, e.record = nil, nil
}

// laneOf returns the lane of a record, as the scheduler names it.
func laneOf(r *mapping.Record) delivery.LaneID { return delivery.LaneID(queue.LaneOf(r)) }
