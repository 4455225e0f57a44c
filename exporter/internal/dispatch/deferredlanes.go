package dispatch

import (
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// deferredLanes remembers which lanes have events in the queue that this process has
// deferred there.
type deferredLanes struct {
	lanes map[delivery.LaneID]deferredLane
}

type deferredLane struct {
	events int
	oldest int64 // when the oldest of them happened, in milliseconds
	until  time.Time
}

// Add takes events that were deferred. A zero time leaves that of the lane as it is.
func (x *deferredLanes) Add(events []*event, until time.Time) {
	for _, e := range events {
		id := laneOf(e.record)
		lane, known := x.lanes[id]
		if !known {
			if len(x.lanes) >= maxLanes {
				continue // they are counted by the queue
			}
			id.ID = strings.Clone(id.ID) // it may be part of a whole block
			lane.oldest = e.record.Time
		}
		lane.events++
		lane.oldest = min(lane.oldest, e.record.Time)
		if until.After(lane.until) {
			lane.until = until
		}
		if x.lanes == nil {
			x.lanes = make(map[delivery.LaneID]deferredLane)
		}
		x.lanes[id] = lane
	}
}

// Received takes events out that came back, all of which are of one lane.
func (x *deferredLanes) Received(events []*event) {
	if len(events) == 0 || len(x.lanes) == 0 {
		return
	}
	id := laneOf(events[0].record)
	lane, known := x.lanes[id]
	if lane.events -= len(events); lane.events <= 0 {
		delete(x.lanes, id)
	} else if known {
		lane.oldest = events[len(events)-1].record.Time // what is left is about as old
		x.lanes[id] = lane
	}
}

// Prune forgets the lanes that the queue has no delayed events of any more: another
// process has their partition.
func (x *deferredLanes) Prune(isDelayed func(*mapping.Record) bool) {
	for id := range x.lanes {
		r := mapping.Record{DeviceID: id.ID}
		if id.User {
			r = mapping.Record{UserID: id.ID}
		}
		if !isDelayed(&r) {
			delete(x.lanes, id)
		}
	}
}
