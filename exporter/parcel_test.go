package exporter

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// An item that waits must not keep the memory of a chunk whose other events are gone.
func TestItem_detach(t *testing.T) {
	t.Parallel()
	slab := []byte(`{"insert_id":"i-1"}{"insert_id":"i-2"}`)
	ids := strings.Repeat("i-1user-1device-1", 100)
	records := []mapping.Record{{
		Type: "users.messages.email.Open", InsertID: ids[:3], UserID: ids[3:9], DeviceID: ids[9:17], Time: 7, Wire: slab[:19],
	}}
	it := &item{record: &records[0], Event: delivery.Event{UserID: ids[3:9], DeviceID: ids[9:17], Wire: slab[:19], Time: 7}}
	it.detach()
	clear(slab)
	if records[0].Wire != nil {
		t.Error("the records of the chunk still refer to the wire bytes")
	}
	if it.record == &records[0] {
		t.Error("the item still refers to the records of its chunk")
	}
	const wire = `{"insert_id":"i-1"}`
	if string(it.Wire) != wire || string(it.record.Wire) != wire || &it.Wire[0] != &it.record.Wire[0] {
		t.Errorf("wire %q, of the record %q, want one %q of its own", it.Wire, it.record.Wire, wire)
	}
	r := it.record
	if r.Type != "users.messages.email.Open" || r.InsertID != "i-1" || r.UserID != "user-1" || r.DeviceID != "device-1" || r.Time != 7 {
		t.Errorf("record %+v was changed", *r)
	}
	if it.UserID != "user-1" || it.DeviceID != "device-1" {
		t.Errorf("event of %q and %q, want user-1 and device-1", it.UserID, it.DeviceID)
	}
	for i, id := range []string{r.InsertID, r.UserID, r.DeviceID, it.UserID, it.DeviceID} {
		if p := unsafe.StringData(id); uintptr(unsafe.Pointer(p))-uintptr(unsafe.Pointer(unsafe.StringData(ids))) < uintptr(len(ids)) {
			t.Errorf("id %d, %q, still refers to the memory of all", i, id)
		}
	}
}
