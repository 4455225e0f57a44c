package dispatch

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// The count of a lane in the queue follows its events there and back.
func TestDeferredLanes(t *testing.T) {
	t.Parallel()
	slow := delivery.LaneID{ID: "slow"}
	later := start.Add(time.Hour)
	events := deferred("slow", 5)
	for i, e := range events {
		e.record.Time = int64(100 + i)
	}
	for _, row := range []struct {
		name string
		do   func(x *deferredLanes)
		want deferredLane
	}{
		{"deferred", func(x *deferredLanes) { x.Add(events, later) }, deferredLane{5, 100, later}},
		{"without a time", func(x *deferredLanes) { x.Add(events[:2], later); x.Add(events[2:], time.Time{}) }, deferredLane{5, 100, later}},
		{"a part is back", func(x *deferredLanes) { x.Add(events, later); x.Received(events[:2]) }, deferredLane{3, 101, later}},
		{"and returned", func(x *deferredLanes) {
			x.Add(events, later)
			x.Received(events[:2])
			x.Add(events[:2], later.Add(time.Hour))
		}, deferredLane{5, 100, later.Add(time.Hour)}},
		{"all are back", func(x *deferredLanes) { x.Add(events, later); x.Received(events) }, deferredLane{}},
		{"of the process before", func(x *deferredLanes) { x.Received(events) }, deferredLane{}},
		{"and returned", func(x *deferredLanes) { x.Received(events); x.Add(events[:1], later) }, deferredLane{1, 100, later}},
		{"another lane is revoked", func(x *deferredLanes) {
			x.Add(events, later)
			x.Prune(func(r *mapping.Record) bool { return r.DeviceID == "slow" })
		}, deferredLane{5, 100, later}},
		{"revoked", func(x *deferredLanes) {
			x.Add(events, later)
			x.Prune(func(r *mapping.Record) bool { return r.DeviceID != "slow" })
		}, deferredLane{}},
	} {
		var x deferredLanes
		row.do(&x)
		if got := x.lanes[slow]; got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}
