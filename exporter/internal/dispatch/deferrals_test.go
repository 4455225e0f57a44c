package dispatch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func deferred(device string, n int) []*event {
	events := make([]*event, n)
	for i := range events {
		events[i] = &event{chunk: &chunk{}, record: &mapping.Record{DeviceID: device, InsertID: fmt.Sprint(device, i)}}
	}
	return events
}

func names(batch []*deferral) string {
	var all []string
	for _, w := range batch {
		for _, e := range w.events {
			all = append(all, e.record.InsertID)
		}
	}
	return strings.Join(all, " ")
}

func count(batch []*deferral) (n int) {
	for _, w := range batch {
		n += len(w.events)
	}
	return n
}

// Batches are written in order and one at a time. What failed is written again as it was,
// before everything else, and later events of its lanes are held back meanwhile.
func TestDeferrals_orderOverAFailure(t *testing.T) {
	t.Parallel()
	var d deferrals
	a := &mapping.Record{DeviceID: "a"}
	d.Defer(start, deferred("a", 2))
	first := d.Next(start)
	if names(first) != "a0 a1" {
		t.Fatalf("first batch: %q", names(first))
	}
	d.Defer(time.Time{}, deferred("b", 1))
	if d.Next(start) != nil {
		t.Fatal("two batches at a time")
	}
	if _, ok := d.Wake(); ok {
		t.Error("it wakes while a batch is being written")
	}
	d.Failed(start)
	if at, ok := d.Wake(); !ok || at != start.Add(deferRetryInterval) {
		t.Errorf("wakes at %v, %v", at, ok)
	}
	if d.Next(start) != nil || !d.Holds(a) {
		t.Error("written again at once, or forgotten")
	}
	if got := names(d.Next(start.Add(deferRetryInterval))); got != "a0 a1" {
		t.Errorf("second batch: %q", got)
	}
	if d.Next(start.Add(deferRetryInterval)) != nil {
		t.Error("written twice at a time")
	}
	if got := count(d.Stored()); got != 2 || d.count != 1 || d.Holds(a) {
		t.Errorf("%d events stored, %d left", got, d.count)
	}
	if got := names(d.Next(start)); got != "b0" {
		t.Errorf("third batch: %q", got)
	}
	if got := count(d.Stored()); got != 1 || d.count != 0 {
		t.Errorf("%d events stored, %d left", got, d.count)
	}
}

// What is being written can be in the queue already, also after a failure: it is not taken
// away.
func TestDeferrals_removeLeavesWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	var d deferrals
	d.Defer(start, deferred("a", 2))
	d.Next(start)
	d.Defer(start, deferred("a", 3))
	if got := d.Remove(func(*event) bool { return true }); len(got) != 3 || d.count != 2 {
		t.Errorf("%d events removed, %d left; want 3 and 2", len(got), d.count)
	}
	d.Failed(start)
	d.Defer(start, deferred("b", 1))
	if got := d.Remove(func(*event) bool { return true }); len(got) != 1 || d.count != 2 {
		t.Errorf("%d events removed, %d left; want 1 and 2", len(got), d.count)
	}
	d.Next(start.Add(deferRetryInterval))
	if got := count(d.Stored()); got != 2 || d.count != 0 {
		t.Errorf("%d events stored, %d left; want 2 and none", got, d.count)
	}
	if _, ok := d.Wake(); ok {
		t.Error("it wakes without events")
	}
}

// A batch is no larger than what a queue stores as a whole, unless one lane is.
func TestDeferrals_batchSize(t *testing.T) {
	t.Parallel()
	var d deferrals
	for _, n := range []int{900, 100, 1, 2000} {
		d.Defer(start, deferred(fmt.Sprint(n, "-"), n))
	}
	for _, want := range []int{1000, 1, 2000} {
		d.Next(start)
		if got := count(d.Stored()); got != want {
			t.Errorf("batch of %d events, want %d", got, want)
		}
	}
}
