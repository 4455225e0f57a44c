package dispatch

import (
	"context"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
)

// What is stored of pauses follows what was asked for, whoever else stores some, and a
// lane is as it was when it cannot be stored.
func TestDispatcher_PauseLane(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(seeded(1), true, faults{})
	w.queue.faults = false
	stored := func() map[string]bool {
		all, err := w.dispatcher.storedPauses(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, p := range all {
			ids[p.ID] = true
		}
		return ids
	}
	first := w.dispatcher
	if _, err := first.PauseLane(ctx, "device:a"); err != nil || !stored()["a"] {
		t.Fatalf("%v, stored %v: want a when PauseLane returns", err, stored())
	}
	w.begin() // another process on the same queue
	other := w.dispatcher
	if _, paused := other.paused[delivery.LaneID{ID: "a"}]; !paused {
		t.Error("the other process does not continue with the pause of a")
	}
	if _, err := first.PauseLane(ctx, "device:b"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.PauseLane(ctx, "user:c"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.ResumeLane(ctx, "user:c"); err != nil {
		t.Fatal(err)
	}
	if got := stored(); !got["a"] || !got["b"] || got["c"] {
		t.Errorf("stored %v, want a and b", got)
	}
	w.queue.refuseState = true
	if _, err := first.PauseLane(ctx, "device:d"); err == nil || stored()["d"] {
		t.Errorf("%v, stored %v: want an error and no d", err, stored())
	}
	if _, paused := first.paused[delivery.LaneID{ID: "d"}]; paused {
		t.Error("d is paused, though that is not stored")
	}
}
