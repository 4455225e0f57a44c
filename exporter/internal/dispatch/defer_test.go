package dispatch

import (
	"fmt"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Memory is full of events of paused lanes for the second time within a second. Nothing
// else happens, and nothing is received either: the dispatcher wakes itself to evict them.
func TestDispatcher_wake_full(t *testing.T) {
	t.Parallel()
	w := newWorld(seeded(1), false, faults{})
	w.disk.faults = false
	d := w.processes[0].dispatcher
	d.maxEvents = 4
	now, lane := w.now, 0
	fill := func() {
		c := queue.Chunk{ID: uint64(lane + 1), Seq: uint64(lane + 1)}
		for range d.maxEvents {
			lane++
			id := delivery.LaneID{ID: fmt.Sprint("p", lane)}
			d.pause(now, id, now)
			c.Records = append(c.Records, mapping.Record{DeviceID: id.ID, InsertID: id.ID, Wire: []byte("{}"), Time: 1})
		}
		d.onChunk(now, c)
		d.advance(now)
	}
	stored := func() {
		for d.deferrals.count > 0 {
			d.advance(now)
			for len(d.tasks) > 0 {
				d.nextTask().run(t.Context())(now)
			}
		}
	}
	fill()
	if d.deferrals.count != d.maxEvents {
		t.Fatalf("%d events of the first lanes are deferred, want %d", d.deferrals.count, d.maxEvents)
	}
	stored()
	if d.isFull() {
		t.Fatal("the first lanes are not evicted")
	}
	now = now.Add(evictionInterval / 2)
	fill()
	if at, ok := d.wake(); !ok || at.After(now.Add(evictionInterval)) {
		t.Fatalf("wakes at %v, %t; want within %v", at, ok, evictionInterval)
	}
	now = now.Add(evictionInterval)
	d.advance(now)
	stored()
	if d.isFull() {
		t.Error("the second lanes are not evicted")
	}
}
